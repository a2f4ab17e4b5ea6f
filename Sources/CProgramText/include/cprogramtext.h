// The program's read-only segments, which only the C library's GNU interface tells.
#pragma once

/// Unmaps the pages of all read-only segments of the program and its libraries; they are mapped again when they are used.
void cprogramtext_release(void);
