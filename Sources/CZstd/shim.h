/* zstd, one frame at a time. */
#pragma once
#include <zstd.h>
