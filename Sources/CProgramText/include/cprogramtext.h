// The program's read-only segments, which only the C library's GNU interface tells.
#pragma once
#include <stddef.h>

/// Unmaps the pages of all read-only segments of the program and its libraries; they are mapped again when they are used.
void cprogramtext_release(void);

/// Notes which pages of the program and its libraries are in main memory now. Returns how many bytes.
size_t cprogramtext_note(void);

/// Has the noted pages read again that are no longer in main memory; waits for nothing and maps nothing.
void cprogramtext_read_again(void);
