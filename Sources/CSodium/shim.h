/* libsodium: hashes and signatures. */
#pragma once
#include <sodium.h>
