#!/usr/bin/env python3
"""Makes a disk with a county on it: the hub of this build, Debian's broker, and the libraries of both.

  county.py --binaries FOLDER --libraries FOLDER --output FILE

A disk and not a part of the root folder, because a guest unpacks that at every start. Standard library only.
"""

import argparse
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from archive import Archive
from product import add_libraries

BROKER = Path("/usr/sbin/mosquitto")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", type=Path, required=True)
    parser.add_argument("--libraries", type=Path, nargs="+", required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    programs = [options.binaries / "bombyx-hub", BROKER]
    libraries = Archive()
    add_libraries(libraries, programs, options.libraries)
    with tempfile.TemporaryDirectory(dir=options.output.parent) as folder:
        root = Path(folder)
        for name in ("bin", "lib"):
            (root / name).mkdir()
        for program in programs:
            shutil.copy(program, root / "bin" / program.name)
        for path, (mode, data) in libraries.entries.items():
            if stat.S_ISREG(mode):
                (root / "lib" / Path(path).name).write_bytes(data)
        size = sum(path.stat().st_size for path in root.rglob("*")) * 5 // 4 // 2**20 + 8
        options.output.unlink(missing_ok=True)
        command = ["mkfs.ext4", "-q", "-F", "-O", "^has_journal", "-d", root, options.output, f"{size}M"]
        subprocess.run([str(word) for word in command], check=True)


if __name__ == "__main__":
    main()
