#!/usr/bin/env python3
"""Finds out which functions a running shed uses, and writes them as the order in which the linker is to lay them.

What runs every second is a tenth of a program whose libraries bring the rest. Laid side by side it fills a tenth of the pages that it
fills when it is scattered: that is memory on a small board. A list that is out of date costs a little memory and nothing
else. Standard library only; needs valgrind.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "Tests/FakeHardware"))
import fakehw  # noqa: E402
from subjects import COLD, HEATER_SENSOR, Bombyx  # noqa: E402

PROGRAMS = ("bombyx-guardian", "bombyxd")


def defined(binary):
    """Names of the functions in a program."""
    lines = subprocess.run(["nm", "--defined-only", binary], check=True, capture_output=True, text=True).stdout
    return {name for _, kind, name in (line.split(maxsplit=2) for line in lines.splitlines()) if kind in "tTwW"}


def called(profile):
    """Names of all functions in a profile of callgrind, in the order in which they stand there."""
    names = re.findall(r"^c?fn=\(\d+\) (\S.*)$", profile.read_text(), re.MULTILINE)
    return list(dict.fromkeys(name.split("'")[0] for name in names))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", default=HERE.parent / ".build/release", help="folder of Bombyx's programs")
    parser.add_argument("--start-up", type=float, default=45, help="s that do not count")
    parser.add_argument("--seconds", type=float, default=130, help="s that count: two commits of the log")
    parser.add_argument("--output", type=Path, default=HERE.parent / "scripts/link-order.txt")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        options.scratch = options.memory = folder
        folder = Path(folder)
        subject = Bombyx(options, strip=("--strip-debug",))
        hardware = fakehw.FakeHardware.create(folder / "hardware", label=subject.label)
        hardware.set_climate(*HEATER_SENSOR, temperature=COLD)
        profiles = folder / "profile.%p"
        subject.start(hardware, fakehw.build(folder / "libfakehw.so"), folder / "run", wrapper=[
            "valgrind", "--tool=callgrind", "--demangle=no", "--instr-atstart=no", f"--callgrind-out-file={profiles}"])
        pids = [process.pid for process in subject.processes]
        time.sleep(options.start_up)
        for pid in pids:
            subprocess.run(["callgrind_control", "-i", "on", str(pid)], check=True, stdout=subprocess.DEVNULL)
        time.sleep(options.seconds)
        for pid in pids:
            subprocess.run(["callgrind_control", "-i", "off", str(pid)], check=True, stdout=subprocess.DEVNULL)
        subject.stop(timeout=120)
        used = [name for pid in pids for path in sorted(folder.glob(f"profile.{pid}*")) for name in called(path)]
        known = set().union(*(defined(subject.binaries / program) for program in PROGRAMS))
        options.output.write_text("".join(f"{name}\n" for name in dict.fromkeys(used) if name in known))


if __name__ == "__main__":
    main()
