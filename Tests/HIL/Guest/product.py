#!/usr/bin/env python3
"""Makes the second archive of a guest: the programs under test as they were built, the libraries they need, boards and recipes.

  product.py --binaries FOLDER --libraries FOLDER... --output FILE

Standard library only.
"""

import argparse
import subprocess
from pathlib import Path

from archive import Archive

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = {
    "bombyx": "usr/bin/bombyx",
    "bombyxd": "usr/libexec/bombyx/bombyxd",
    "bombyx-guardian": "usr/libexec/bombyx/bombyx-guardian",
}
# Libraries that no program names, because it loads them itself: Sources/CMosquitto.
LOADED = ["libmosquitto.so.1"]


def needed(path):
    """The libraries that a program or library names, its loader among them."""
    options = {"check": True, "capture_output": True, "text": True}
    dynamic = subprocess.run(["readelf", "-d", path], **options).stdout.splitlines()
    names = [line.split("[")[1].split("]")[0] for line in dynamic if "(NEEDED)" in line]
    headers = subprocess.run(["readelf", "-l", path], **options).stdout
    marker = "[Requesting program interpreter: "
    loader = headers.split(marker)[1].split("]")[0] if marker in headers else None
    return names, loader


def add_libraries(archive, programs, folders):
    """Adds all libraries that programs need, directly or not, where the loader looks first."""
    waiting, known = list(programs), set()
    while waiting:
        names, loader = needed(waiting.pop())
        for name in LOADED + names + ([Path(loader).name] if loader else []):
            if name in known:
                continue
            found = next((folder / name for folder in folders if (folder / name).exists()), None)
            if found is None:
                raise SystemExit(f"no {name} in {', '.join(map(str, folders))}")
            known.add(name)
            archive.put(f"usr/lib/{name}", found.resolve().read_bytes(), 0o755)
            waiting.append(found.resolve())
        if loader:
            archive.put(loader, next(folder / Path(loader).name for folder in folders
                                     if (folder / Path(loader).name).exists()).resolve().read_bytes(), 0o755)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", type=Path, required=True)
    parser.add_argument("--libraries", type=Path, nargs="+", required=True)
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="programs of the root archive that need libraries")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    archive = Archive()
    programs = [options.binaries / name for name in PROGRAMS]
    for program in programs:
        archive.put(PROGRAMS[program.name], program.read_bytes(), 0o755)
    for folder in ("board", "recipes"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file():
                archive.put(f"usr/share/bombyx/{path.relative_to(ROOT)}", path.read_bytes())
    add_libraries(archive, programs + options.also, options.libraries)
    archive.write(options.output)


if __name__ == "__main__":
    main()
