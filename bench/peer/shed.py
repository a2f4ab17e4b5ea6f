#!/usr/bin/env python3
"""Keeps the climate of a shed: eight SHT31 on four I2C buses, four relays, a log in SQLite.

The program that the benchmark compares Bombyx with: what people write for such a job with the usual libraries.
"""

import argparse
import signal
import sqlite3
import sys
import time

import gpiod
from gpiod.line import Direction, Value
from simple_pid import PID
from smbus2 import SMBus

SENSORS = [(bus, address) for bus in range(4) for address in (0x44, 0x45)]
HEATER, MISTER, EXHAUST, FLOOR = 5, 6, 13, 19
PERIOD = 1.0  # s
PID_WINDOW = 10.0  # s


def crc8(data):
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1) ^ 0x31 if crc & 0x80 else crc << 1
        crc &= 0xFF
    return crc


class SHT31:
    def __init__(self, bus, address):
        self.bus = bus
        self.address = address

    def read(self):
        """Temperature in °C and relative humidity in %."""
        self.bus.write_i2c_block_data(self.address, 0x24, [0x00])
        time.sleep(0.016)
        data = self.bus.read_i2c_block_data(self.address, 0x00, 6)
        if crc8(data[0:2]) != data[2] or crc8(data[3:5]) != data[5]:
            raise OSError("bad checksum")
        temperature = -45 + 175 * (data[0] << 8 | data[1]) / 65535
        humidity = 100 * (data[3] << 8 | data[4]) / 65535
        return temperature, humidity


class Hysteresis:
    """On below the band, off above it."""

    def __init__(self, setpoint, half_band):
        self.setpoint = setpoint
        self.half_band = half_band
        self.on = False

    def update(self, value):
        if value < self.setpoint - self.half_band:
            self.on = True
        elif value > self.setpoint + self.half_band:
            self.on = False
        return self.on


class TimeProportional:
    """A PID loop whose output is a share of time on."""

    def __init__(self, pid):
        self.pid = pid
        self.pid.output_limits = (0, 1)
        self.start = time.monotonic()

    def update(self, value):
        share = self.pid(value)
        now = time.monotonic()
        if now - self.start >= PID_WINDOW:
            self.start = now
        return now - self.start < share * PID_WINDOW


class Log:
    def __init__(self, path, wal):
        self.connection = sqlite3.connect(path)
        if wal:
            self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute(
            "CREATE TABLE IF NOT EXISTS readings"
            " (time REAL, bus INTEGER, address INTEGER, temperature REAL, humidity REAL)"
        )

    def add(self, rows):
        self.connection.executemany("INSERT INTO readings VALUES (?, ?, ?, ?, ?)", rows)
        self.connection.commit()


def read_all(sensors):
    readings = {}
    for place, sensor in sensors.items():
        try:
            readings[place] = sensor.read()
        except OSError as error:
            print(f"sensor {place}: {error}", file=sys.stderr)
    return readings


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", default="shed.db")
    parser.add_argument("--wal", action="store_true", help="write-ahead log instead of SQLite's default journal")
    parser.add_argument("--seconds", type=float, help="stop after this time")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    buses = {bus: SMBus(bus) for bus in range(4)}
    sensors = {place: SHT31(buses[place[0]], place[1]) for place in SENSORS}
    log = Log(arguments.database, arguments.wal)
    heater = Hysteresis(24.0, 0.2)
    mister = Hysteresis(70.0, 3.0)
    exhaust = TimeProportional(PID(-0.5, -0.002, 0, setpoint=26.0))
    floor = TimeProportional(PID(0.3, 0.001, 0, setpoint=25.0))

    off = gpiod.LineSettings(direction=Direction.OUTPUT, output_value=Value.INACTIVE)
    with gpiod.request_lines(
        "/dev/gpiochip0", consumer="shed", config={(HEATER, MISTER, EXHAUST, FLOOR): off}
    ) as relays:
        end = time.monotonic() + arguments.seconds if arguments.seconds else float("inf")
        while time.monotonic() < end:
            begin = time.monotonic()
            now = time.time()
            readings = read_all(sensors)

            states = {}
            if (0, 0x44) in readings:
                states[HEATER] = heater.update(readings[0, 0x44][0])
            if (1, 0x44) in readings:
                states[MISTER] = mister.update(readings[1, 0x44][1])
            if (2, 0x44) in readings:
                states[EXHAUST] = exhaust.update(readings[2, 0x44][0])
            if (3, 0x44) in readings:
                states[FLOOR] = floor.update(readings[3, 0x44][0])
            if states:
                relays.set_values({line: Value.ACTIVE if on else Value.INACTIVE for line, on in states.items()})

            log.add([(now, *place, *values) for place, values in readings.items()])
            time.sleep(max(0, PERIOD - (time.monotonic() - begin)))


if __name__ == "__main__":
    main()
