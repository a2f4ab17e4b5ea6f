#!/usr/bin/env python3
# Sheds for ./dev hub: the real controllers and guardians, in houses that do not exist.
"""Starts sheds that are real but for their walls: each has its own guardian and its own bombyxd on fake hardware, and days of history that
the county has not seen. A thread warms and cools the air by what the relays really are. It runs until it is told to end.

Prints "ready" when all are in control. FOLDER/expected then has a line for each lane of each shed: device, lane, newest record.
"""

import argparse
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests/FakeHardware"))
import fakehw  # noqa: E402

HEATER, FAN = 17, 27
SENSORS = ((1, 0x44), (1, 0x45))

CONFIGURATION = """schema = 1

[site]
name = "shed {number}"
latitude = 31.40
longitude = 109.60
altitude = 400
timezone = "Asia/Shanghai"

[board]
model = "raspberry-pi-4"

[[sensor]]
name = "north"
model = "sht31"
bus = "i2c1"
address = 0x44
zone = "shed"

[[sensor]]
name = "south"
model = "sht31"
bus = "i2c1"
address = 0x45
zone = "shed"

[[output]]
name = "heater"
pin = "GPIO17"
kind = "heater"
failsafe = "off"
max-on = "30m"
min-on = "1s"
min-off = "1s"

[[output]]
name = "exhaust"
pin = "GPIO27"
kind = "fan"
failsafe = "duty 20% of 15m"
min-on = "1s"
min-off = "1s"

[[zone]]
name = "shed"
temperature = {{ control = "hysteresis", heat = ["heater"], cool = ["exhaust"], setpoint = "24 °C", band = "1 K" }}

[uplink]
broker = "{broker}"
device = "{device}"
"""


class Shed:
    """One shed: its files, its hardware, its two processes, and its air."""

    def __init__(self, number, options):
        self.number, self.options = number, options
        self.device = f"shed-{number}"
        self.folder = Path(options.folder) / self.device
        (self.folder / "state").mkdir(parents=True)
        self.hardware = fakehw.FakeHardware.create(
            self.folder / "hardware", sensors=SENSORS, label="pinctrl-bcm2711", release="drop")
        self.temperature = 18.0
        self.processes = []

    def program(self, name):
        return Path(self.options.binaries) / name

    def prepare(self):
        """The configuration, what the guardian makes of it, and the history. Returns the newest record of each lane."""
        file = self.folder / "bombyx.toml"
        file.write_text(CONFIGURATION.format(number=self.number, device=self.device, broker=self.options.broker))
        subprocess.run(
            [self.program("bombyx"), "apply", file, "--share", ROOT, "--table", self.folder / "guardian.table",
             "--installed", self.folder / "installed.toml"], check=True, stdout=subprocess.DEVNULL)
        filled = subprocess.run(
            [self.program("filled-log"), "fill", self.folder / "state", "--days", str(self.options.days), "--seed",
             str(self.number)], check=True, capture_output=True, text=True)
        return [f"{self.device} {line}" for line in filled.stdout.splitlines()]

    def start(self):
        self._start("bombyx-guardian", "--table", self.folder / "guardian.table", "--socket", self.folder / "lease.sock",
                    "--controller-user", str(os.getuid()))
        while not (self.folder / "lease.sock").exists():
            time.sleep(0.01)
        self._start("bombyxd", "--config", self.folder / "bombyx.toml", "--state-directory", self.folder / "state",
                    "--runtime-directory", self.folder, "--guardian-socket", self.folder / "lease.sock", "--share", ROOT)

    def _start(self, name, *arguments):
        with open(self.folder / f"{name}.log", "wb") as log:
            self.processes.append(subprocess.Popen(
                [self.program(name), *arguments], env=self.hardware.environment(self.options.library), stdout=log,
                stderr=log))

    def blow(self, seconds):
        """The air after some time: a quarter of an hour to 12 K above the night with the heater on, half that time with the fan."""
        outdoor = 14 + self.number % 5
        rest = outdoor + 12 * self.hardware.level(HEATER)
        slowness = 450 if self.hardware.level(FAN) else 900
        self.temperature += (rest - self.temperature) * seconds / slowness
        for index, (bus, address) in enumerate(SENSORS):
            self.hardware.set_climate(bus, address, self.temperature + 0.2 * index, 80 - self.temperature / 2)

    @property
    def is_in_control(self):
        return self.hardware.level(HEATER) == 1

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="where their files go")
    parser.add_argument("--binaries", required=True, help="folder of Bombyx's programs")
    parser.add_argument("--library", required=True, help="the fake hardware")
    parser.add_argument("--broker", required=True, help="the sheds' broker: mqtt://localhost:1883")
    parser.add_argument("--sheds", type=int, default=20)
    parser.add_argument("--days", type=int, default=1, help="of history that the county has not seen")
    options = parser.parse_args()

    # Traps end a process; they do not write it down.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ends = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ends.set())
    sheds = [Shed(number, options) for number in range(options.sheds)]
    try:
        with ThreadPoolExecutor(2) as pool:
            lines = [line for part in pool.map(Shed.prepare, sheds) for line in part]
        for shed in sheds:
            shed.blow(0)
            shed.start()
        while not ends.is_set() and not all(shed.is_in_control for shed in sheds):
            ends.wait(0.1)
        (Path(options.folder) / "expected").write_text("\n".join(lines) + "\n")
        print("ready", flush=True)
        while not ends.wait(1):
            for shed in sheds:
                shed.blow(1)
                for process in shed.processes:
                    if process.poll() is not None:
                        raise SystemExit(f"{shed.device}: a process has ended, see {shed.folder}")
    finally:
        for shed in sheds:
            shed.stop()


if __name__ == "__main__":
    main()
