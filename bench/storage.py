#!/usr/bin/env python3
"""Measures what a value costs on disk: Bombyx's log beside rows in SQLite, Gorilla, and the usual Python script's table.

All take the same stream: temperatures in a shed with a heater that switches, 0.01 °C a step, noise of 0.02 °C, once a second. What
the device has to write is counted by the kernel, on an ext4 file system of its own for each; that needs root. Standard
library only.
"""

import argparse
import array
import contextlib
import json
import math
import random
import sqlite3
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
START = 1_776_643_200  # 2026-04-20T00:00:00Z
# A row of workload W8, and of the script's table: one reading of one sensor. Eight sensors a second are eight rows, 480 a minute.
ROW = 2  # values: temperature and humidity


# MARK: The stream

def stream(seconds, channels, sigma, seed=1):
    """Hundredths of a degree, scan after scan: a heater with a band of 0.6 K under an outside day of ± 5 K, and noise."""
    dice = random.Random(seed)
    rooms = [22.0 + channel / 3 for channel in range(channels)]
    heating = [False] * channels
    values = array.array("h")
    for second in range(seconds):
        outside = 14 + 5 * math.sin(2 * math.pi * (second / 86_400 - 0.375))
        for channel in range(channels):
            if rooms[channel] < 23.7:
                heating[channel] = True
            elif rooms[channel] > 24.3:
                heating[channel] = False
            rooms[channel] += (outside - rooms[channel] + 18 * heating[channel]) / 7_200
            values.append(round((rooms[channel] + dice.gauss(0, sigma)) * 100))
    return values


def entropy(values, channels):
    """Bytes of a value's difference from the one before, if a code could be perfect."""
    counts = Counter()
    for channel in range(channels):
        column = values[channel::channels]
        counts.update(after - before for before, after in zip(column, column[1:]))
    total = sum(counts.values())
    return -sum(count / total * math.log2(count / total) for count in counts.values()) / 8


# MARK: Gorilla

def gorilla(column):
    """Bytes a value of Gorilla's XOR code (Pelkonen et al., VLDB 2015, §4.1.2) with the one bit that a regular time takes."""
    bits = 64
    last = struct.unpack(">Q", struct.pack(">d", column[0]))[0]
    leading, trailing = 65, 65
    for value in column[1:]:
        word = struct.unpack(">Q", struct.pack(">d", value))[0]
        difference, last = word ^ last, word
        bits += 1  # time
        if difference == 0:
            bits += 1
            continue
        before = min(64 - difference.bit_length(), 31)
        after = (difference & -difference).bit_length() - 1
        if before >= leading and after >= trailing:
            bits += 2 + 64 - leading - trailing
        else:
            leading, trailing = before, after
            bits += 2 + 5 + 6 + 64 - leading - trailing
    return bits / 8 / len(column)


# MARK: Loggers

def write_rows(path, values, channels):
    """A row for each value, its stamp kept once a scan, commits a minute apart: the log's own tables before it had blocks."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("""
        PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 200;
        CREATE TABLE stamps (id INTEGER PRIMARY KEY, last INTEGER NOT NULL, boot INTEGER NOT NULL, mono INTEGER NOT NULL,
          wall INTEGER NOT NULL, trust INTEGER NOT NULL);
        CREATE INDEX stampsByWall ON stamps (wall);
        CREATE TABLE samples (id INTEGER PRIMARY KEY, channel INTEGER NOT NULL, value INTEGER, quality INTEGER NOT NULL);
    """)
    scans = len(values) // channels
    for first in range(0, scans, 60):
        minute = range(first, min(first + 60, scans))
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO stamps VALUES (?, ?, 1, ?, ?, 0)", (
            (scan * channels + 1, scan * channels + channels, scan * 10**9, (START + scan) * 1000) for scan in minute))
        connection.executemany("INSERT INTO samples VALUES (?, ?, ?, 0)", (
            (scan * channels + channel + 1, channel + 1, values[scan * channels + channel] * 100)
            for scan in minute for channel in range(channels)))
        connection.execute("COMMIT")
    connection.close()


def write_script(path, values, channels):
    """The table of peer/shed.py: a row with two values for each sensor, committed once a second."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE readings (time REAL, bus INTEGER, address INTEGER, temperature REAL, humidity REAL)")
    for scan in range(len(values) // channels):
        row = values[scan * channels:(scan + 1) * channels]
        connection.executemany("INSERT INTO readings VALUES (?, ?, ?, ?, ?)", [
            (START + scan + 0.0137, channel // 4, 0x44 + channel // 2 % 2, row[channel] / 100, row[channel + 1] / 100)
            for channel in range(0, channels, 2)])
        connection.commit()
    connection.close()


class Bombyx:
    def __init__(self, binaries, folder):
        self.program = Path(binaries) / "storage-bench"
        self.folder = folder

    def __call__(self, path, values, channels):
        source = self.folder / "stream"
        source.write_bytes(values.tobytes())
        output = subprocess.run([self.program, path, source, str(channels)], check=True, capture_output=True, text=True)
        self.result = json.loads(output.stdout)
        if not self.result["lossless"]:
            sys.exit("the log does not give back what was written")


def size(path, *tables):
    """Bytes of a database's file, or of the pages of some of its tables and indexes."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        if not tables:
            return path.stat().st_size
        marks = ", ".join("?" * len(tables))
        return connection.execute(f"SELECT total(pgsize) FROM dbstat WHERE name IN ({marks})", tables).fetchone()[0]
    finally:
        connection.close()


# MARK: Device

@contextlib.contextmanager
def device(folder, megabytes=192):
    """A new ext4 file system. Gives its folder and a function that tells how many bytes it has had to write."""
    image = folder / "image"
    with open(image, "wb") as file:
        file.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
    loop = subprocess.run(["losetup", "--show", "-f", image], check=True, capture_output=True, text=True).stdout.strip()
    mount = folder / "mount"
    mount.mkdir()
    try:
        subprocess.run(["mount", "-o", "noatime", loop, mount], check=True)
        try:
            statistics = Path(f"/sys/block/{Path(loop).name}/stat")

            def written():
                subprocess.run(["sync", "-f", mount], check=True)
                return int(statistics.read_text().split()[6]) * 512

            yield mount, written
        finally:
            subprocess.run(["umount", mount], check=True)
    finally:
        subprocess.run(["losetup", "-d", loop], check=True)
        image.unlink()


def device_bytes(writer, name, values, channels, folder):
    """Bytes that the device writes a value: all that one run writes but the first ten minutes, when files are made."""
    def run(part):
        own = folder / f"{name}-{len(part)}"
        own.mkdir()
        with device(own) as (mount, written):
            before = written()
            writer(mount / name, part, channels)
            return written() - before

    short = values[:600 * channels]
    return (run(values) - run(short)) / (len(values) - len(short))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", default=HERE.parent / ".build/release", help="folder of storage-bench")
    parser.add_argument("--days", type=float, default=2, help="length of the stream for the size")
    parser.add_argument("--minutes", type=int, default=60, help="length of the stream for the device")
    parser.add_argument("--channels", type=int, default=8 * ROW, help="two for each sensor")
    parser.add_argument("--sigma", type=float, default=0.02, help="noise, K")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    results = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        bombyx = Bombyx(options.binaries, folder)
        writers = {"Bombyx": bombyx, "SQLite rows": write_rows, "Python script": write_script}
        values = stream(int(options.days * 86_400), options.channels, options.sigma)
        part = values[:1_200 * options.channels]
        for name, writer in writers.items():
            # A script that commits every second would take an hour for two days; its rows are all alike.
            given = part if name == "Python script" else values
            writer(folder / name, given, options.channels)
            if name != "Bombyx":
                results[name] = {"stored": size(folder / name) / len(given)}
                continue
            log = folder / name / "bombyx.db"
            results[name] = {"stored": size(log, "blocks", "blocksByWall") / len(given)}
            results["Bombyx, whole file"] = {"stored": size(log) / len(given)}
        columns = [values[channel::options.channels] for channel in range(options.channels)]
        results["Gorilla, decimals"] = {
            "stored": sum(gorilla([value / 100 for value in column]) for column in columns) / len(columns)}
        results["Gorilla, integers"] = {"stored": sum(map(gorilla, columns)) / len(columns)}
        results["entropy of differences"] = {"stored": entropy(values, options.channels)}
        results["Bombyx"]["values_per_second"] = len(values) / bombyx.result["seconds"]
        for way in ("encoded", "decoded"):
            results["Bombyx"][f"{way}_per_second"] = bombyx.result[way]
        try:
            for name, writer in writers.items():
                minutes = options.minutes if name != "Python script" else 20
                given = values[:minutes * 60 * options.channels]
                results[name]["device"] = device_bytes(writer, name.replace(" ", "-"), given, options.channels, folder)
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"bytes written by the device: not measured ({error}); it needs root and a loop device", file=sys.stderr)
    if options.json:
        print(json.dumps(results, indent=2))
        return
    first = results["Bombyx"]
    print(f"{'bytes':26}{'stored':>10}{'':>10}{'device':>10}{'device':>10}\n"
          f"{'':26}{'a value':>10}{'/ Bombyx':>10}{'a value':>10}{'a row':>10}{'/ Bombyx':>10}")
    for name, row in results.items():
        line = f"{name:26}{row['stored']:>10.3f}{row['stored'] / first['stored']:>10.2f}"
        if "device" in row and "device" in first:
            line += f"{row['device']:>10.1f}{row['device'] * ROW:>10.1f}{row['device'] / first['device']:>10.2f}"
        print(line)
    print(f"the codec alone, million values a second and core: {first['encoded_per_second'] / 1e6:.1f} to bytes, "
          f"{first['decoded_per_second'] / 1e6:.1f} from bytes")


if __name__ == "__main__":
    main()
