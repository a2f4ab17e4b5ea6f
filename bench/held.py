"""Holds programs in main memory while something is measured.

A machine may page out what was not used for a while: some virtual machines do after a minute. What a program is started
from would then come from this machine's disk, which says nothing about the program, or about a board with memory to spare.
"""

import ctypes
import mmap
import os
import sys
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.mmap.restype = ctypes.c_void_p
LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + 3 * [ctypes.c_int] + [ctypes.c_long]
LIBC.munmap.argtypes = LIBC.mlock.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
FAILED = ctypes.c_void_p(-1).value


def mapped(pids):
    """The programs and libraries of processes."""
    paths = set()
    for pid in pids:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            fields = line.split(maxsplit=5)
            if len(fields) == 6 and fields[5].startswith("/") and not fields[5].startswith(("/dev/", "/memfd:")):
                paths.add(fields[5])
    return sorted(path for path in paths if os.path.isfile(path))


class Held:
    """Programs and libraries of processes, in main memory until the end of a `with`."""

    def __init__(self, pids):
        self.paths = mapped(pids)
        self.places = []

    def __enter__(self):
        for path in self.paths:
            with open(path, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                place = LIBC.mmap(None, size, mmap.PROT_READ, mmap.MAP_SHARED, file.fileno(), 0)
            if place == FAILED:
                continue
            self.places.append((place, size))
            if LIBC.mlock(place, size) != 0:
                print(f"{path} is not held in memory: {os.strerror(ctypes.get_errno())}", file=sys.stderr)
        return self

    def __exit__(self, *_):
        for place, size in self.places:
            LIBC.munmap(place, size)
