#!/usr/bin/env python3
"""The fake hardware from outside: makes the shared memory, plays the world, and reads what the programs did.

As a module, for tests and benchmarks; as a command, for people: fakehw.py --help. Standard library only.
"""

import argparse
import contextlib
import fcntl
import mmap
import os
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

# The layout of fakehw.h.
MAGIC, VERSION = 0x57484B46, 1
BUSES, ADDRESSES, LINES, WATCHERS, EVENTS = 8, 128, 64, 16, 16384
LINES_AT, SENSORS_AT, WATCHERS_AT, EVENTS_AT, SIZE = 128, 8192, 73728, 77824, 868352
LINE_SIZE, SENSOR_SIZE, WATCHER_SIZE = 96, 64, 32
LINE_LOCK, WATCHER_LOCK = 0x40000000, 0x40001000
EVENT = struct.Struct("QqqdIIHHI")
WATCHER = struct.Struct("QQQII")
OUTPUT = 1
CHIP = 0xFFFF  # The bus of events of the GPIO chip.

FAULTS = {"healthy": 0, "nak": 1, "crc-temperature": 2, "crc-humidity": 3, "stuck-bus": 4, "arbitration": 5}
KINDS = dict(
    enumerate(
        ["open", "close", "trigger", "read", "command", "nack", "error", "request", "set", "release"], start=1
    )
)
RELEASES = {"keep": 0, "drop": 1}
STUCK = {None: 0, 0: 1, 1: 2}
MEASUREMENTS = (0x2400, 0x240B, 0x2416, 0x2C06, 0x2C0D, 0x2C10)
W8_SENSORS = tuple((bus, address) for bus in range(4) for address in (0x44, 0x45))
FLOCK = struct.Struct("hhqqi4x")


@dataclass(frozen=True)
class Event:
    """Something a program did. Times are CLOCK_MONOTONIC in nanoseconds, as time.monotonic_ns()."""

    index: int
    time_ns: int  # when the call returned
    begin_ns: int  # when the transfer began on the bus
    kind: str
    bus: int  # CHIP for lines
    number: int  # address or line
    value: float  # temperature or physical level
    detail: int
    pid: int

    @property
    def is_measurement(self) -> bool:
        return self.kind == "read" and self.detail in MEASUREMENTS


class FakeHardware:
    """One set of fake hardware in a file; any number may exist side by side."""

    def __init__(self, path):
        """Attaches to shared memory that exists."""
        self.path = Path(path)
        self._file = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        self._memory = mmap.mmap(self._file, SIZE)
        if self._read("I", 0) != MAGIC:
            raise ValueError(f"{path} is no shared memory of the fake hardware")

    @classmethod
    def create(cls, path, *, sensors=W8_SENSORS, buses=4, khz=100, label="fakehw", lines=58, release="drop",
               nak_errno=121):
        """Makes shared memory. `sensors` are (bus, address); `khz` 0 lets transfers take no time; `release` says what
        a line does that nobody holds any more."""
        with open(path, "xb") as file:
            file.truncate(SIZE)
        memory = bytearray(SIZE)
        struct.pack_into("IIIIIIII32s", memory, 0, 0, VERSION, 0, buses, khz, nak_errno, lines, RELEASES[release],
                         label.encode())
        for line in range(LINES):
            struct.pack_into("32s", memory, LINES_AT + line * LINE_SIZE, f"GPIO{line}".encode())
        for bus in range(BUSES):
            for address in range(ADDRESSES):
                struct.pack_into("ddIIIH", memory, SENSORS_AT + (bus * ADDRESSES + address) * SENSOR_SIZE, 24.0, 60.0,
                                 (bus, address) in sensors, 0, 0x5A000000 | bus << 8 | address, 0x8010)
        struct.pack_into("I", memory, 0, MAGIC)
        Path(path).write_bytes(memory)
        return cls(path)

    def close(self):
        self._memory.close()
        os.close(self._file)

    def environment(self, library, base=None):
        """The environment for a program that shall meet this hardware."""
        environment = dict(os.environ if base is None else base)
        return environment | {"LD_PRELOAD": str(library), "FAKEHW_SHM": str(self.path)}

    # Sensors

    def set_climate(self, bus, address, temperature=None, humidity=None):
        """What the sensor measures from its next trigger on, °C and %."""
        if temperature is not None:
            self._write("d", self._sensor(bus, address), temperature)
        if humidity is not None:
            self._write("d", self._sensor(bus, address) + 8, humidity)

    def set_present(self, bus, address, present):
        """Plugs a sensor in or out."""
        self._write("I", self._sensor(bus, address) + 16, int(present))

    def set_fault(self, bus, address, fault):
        """`fault` is one of FAULTS."""
        self._write("I", self._sensor(bus, address) + 20, FAULTS[fault])

    def reset_sensor(self, bus, address):
        """A brown-out: what was measured is lost, and the status register says so."""
        at = self._sensor(bus, address)
        self._write("H", at + 30, 0)
        self._write("q", at + 32, 0)
        self._write("H", at + 28, 0x8010)

    def counts(self, bus, address):
        """(reads answered, messages not acknowledged)"""
        return struct.unpack_from("II", self._memory, self._sensor(bus, address) + 56)

    # Lines

    def name_line(self, line, name):
        struct.pack_into("32s", self._memory, self._line(line), name.encode()[:31])

    def consumer(self, line):
        return self._text(self._line(line) + 32)

    def held(self, line):
        """Whether a live process holds the line."""
        return self._locked(LINE_LOCK + line)

    def level(self, line):
        """The physical level, as a meter at the pin would show it."""
        owner, driven, pull, stuck, flags = struct.unpack_from("IIIII", self._memory, self._line(line) + 64)
        if stuck:
            return stuck - 1
        keeps = self._read("I", 28) == RELEASES["keep"]
        return driven if flags & OUTPUT and (keeps or self.held(line)) else pull

    def changes(self, line):
        """How often the driven level changed."""
        return self._read("I", self._line(line) + 84)

    def stick(self, line, level):
        """Lets the line have this level whatever is driven; None heals it."""
        self._write("I", self._line(line) + 76, STUCK[level])

    def set_release(self, release):
        self._write("I", 28, RELEASES[release])

    def drive_input(self, line, level):
        """Puts a level on a line from outside, and reports the edge to whoever watches it."""
        at = self._line(line) + 72
        if self._read("I", at) == level:
            return
        self._write("I", at, level)
        for index in range(WATCHERS):
            rising, falling, inverted, _, _ = WATCHER.unpack_from(self._memory, self._watcher(index))
            is_rising = bool(level) != bool(inverted >> line & 1)
            wanted = rising if is_rising else falling
            if wanted >> line & 1 and self._locked(WATCHER_LOCK + index):
                self._report_edge(index, line, is_rising)

    def _report_edge(self, index, line, is_rising):
        at = self._watcher(index)
        version, sequence = struct.unpack_from("II", self._memory, at + 24)
        self._write("I", at + 28, sequence + 1)
        now, kind = time.monotonic_ns(), 1 if is_rising else 2
        first = struct.pack("QI4x", now, kind)
        second = struct.pack("QIIII24x", now, kind, line, sequence + 1, sequence + 1)
        with contextlib.suppress(OSError), open(f"{self.path}.d/edges-{index}", "wb", buffering=0) as fifo:
            fifo.write(first if version == 1 else second)

    # Events

    @property
    def event_count(self):
        return self._read("Q", 64)

    def events(self, since=0):
        """The events from number `since` on that are still there, oldest first."""
        first = max(since, self.event_count - EVENTS)
        for index in range(first, self.event_count):
            event = self._event(index)
            if event is not None:
                yield event
            elif self.event_count - index < 64:
                return  # Being written now. If 64 more are there, its writer was killed: then it never comes.

    def _event(self, index):
        fields = EVENT.unpack_from(self._memory, EVENTS_AT + index % EVENTS * EVENT.size)
        sequence, time_ns, begin_ns, value, kind, pid, bus, number, detail = fields
        if sequence != index + 1:
            return None
        return Event(index, time_ns, begin_ns, KINDS.get(kind, str(kind)), bus, number, value, detail, pid)

    def wait_for(self, wanted, timeout=10.0, since=0):
        """The first event from `since` on for which wanted(event) is true. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while True:
            for event in self.events(since):
                if wanted(event):
                    return event
                since = event.index + 1
            if time.monotonic() > deadline:
                raise TimeoutError(f"no such event in {timeout} s")
            time.sleep(0.001)

    def wait_level(self, line, level, timeout=10.0):
        """Waits until the line has this level; returns time.monotonic_ns() of the moment. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while self.level(line) != level:
            if time.monotonic() > deadline:
                raise TimeoutError(f"line {line} not at {level} in {timeout} s")
            time.sleep(0.0005)
        return time.monotonic_ns()

    # Memory

    def _sensor(self, bus, address):
        if not (0 <= bus < BUSES and 0 <= address < ADDRESSES):
            raise IndexError(f"no sensor at {bus}:{address:#x}")
        return SENSORS_AT + (bus * ADDRESSES + address) * SENSOR_SIZE

    def _line(self, line):
        if not 0 <= line < LINES:
            raise IndexError(f"no line {line}")
        return LINES_AT + line * LINE_SIZE

    def _watcher(self, index):
        return WATCHERS_AT + index * WATCHER_SIZE

    def _read(self, format, at):
        return struct.unpack_from(format, self._memory, at)[0]

    def _write(self, format, at, value):
        struct.pack_into(format, self._memory, at, value)

    def _text(self, at):
        return self._memory[at : at + 32].split(b"\0")[0].decode(errors="replace")

    def _locked(self, byte):
        answer = fcntl.fcntl(self._file, fcntl.F_OFD_GETLK, FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, byte, 1, 0))
        return FLOCK.unpack(answer)[0] != fcntl.F_UNLCK


def build(library):
    """Compiles the library into the file `library`, unless it is newer than its sources."""
    folder, library = Path(__file__).resolve().parent, Path(library)
    sources = sorted(folder.glob("*.c"))
    newest = max(path.stat().st_mtime for path in [*sources, *folder.glob("*.h")])
    if library.exists() and library.stat().st_mtime > newest:
        return library
    options = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["cc", *options, "-o", library, *sources, "-ldl", "-lpthread"], check=True)
    return library


def show(hardware):
    for bus in range(BUSES):
        for address in range(ADDRESSES):
            at = hardware._sensor(bus, address)
            temperature, humidity, present, fault = struct.unpack_from("ddII", hardware._memory, at)
            if present:
                name = next((name for name, number in FAULTS.items() if number == fault), fault)
                reads, nacks = hardware.counts(bus, address)
                climate = f"{temperature:6.2f} °C  {humidity:5.1f} %"
                print(f"{bus}:{address:02x}  {climate}  {name}  {reads} reads  {nacks} nacks")
    for line in range(LINES):
        if hardware.consumer(line):
            held = f"held by {hardware.consumer(line)}" if hardware.held(line) else "not held"
            print(f"line {line}  level {hardware.level(line)}  {hardware.changes(line)} changes  {held}")
    print(f"{hardware.event_count} events")


def show_events(hardware):
    for event in hardware.events():
        place = f"line {event.number}" if event.bus == CHIP else f"{event.bus}:{event.number:02x}"
        print(f"{event.time_ns / 1e9:.6f}  {event.pid}  {event.kind:8}{place:9} {event.value:g}  {event.detail:#x}")


def main():
    parser = argparse.ArgumentParser(description="Make, inspect and change the shared memory of the fake hardware.")
    parser.add_argument("memory", help="the file of FAKEHW_SHM")
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create", help="make it, with the eight sensors of the benchmark")
    create.add_argument("--khz", type=int, default=100)
    create.add_argument("--label", default="fakehw")
    create.add_argument("--release", choices=RELEASES, default="drop")
    commands.add_parser("show", help="sensors and lines")
    commands.add_parser("events", help="all events that are still there")
    climate = commands.add_parser("climate", help="what a sensor measures")
    climate.add_argument("sensor", help="BUS:ADDRESS, hexadecimal")
    climate.add_argument("temperature", type=float)
    climate.add_argument("humidity", type=float)
    fault = commands.add_parser("fault", help="break or heal a sensor")
    fault.add_argument("sensor", help="BUS:ADDRESS, hexadecimal")
    fault.add_argument("fault", choices=FAULTS)
    level = commands.add_parser("level", help="the physical level of a line")
    level.add_argument("line", type=int)
    arguments = parser.parse_args()

    if arguments.command == "create":
        FakeHardware.create(arguments.memory, khz=arguments.khz, label=arguments.label, release=arguments.release)
        return
    hardware = FakeHardware(arguments.memory)
    if arguments.command in ("climate", "fault"):
        bus, address = (int(part, 16) for part in arguments.sensor.split(":"))
    match arguments.command:
        case "show": show(hardware)
        case "events": show_events(hardware)
        case "climate": hardware.set_climate(bus, address, arguments.temperature, arguments.humidity)
        case "fault": hardware.set_fault(bus, address, arguments.fault)
        case "level": print(hardware.level(arguments.line))


if __name__ == "__main__":
    sys.exit(main())
