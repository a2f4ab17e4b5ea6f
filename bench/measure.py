#!/usr/bin/env python3
"""Measures programs side by side on fake hardware: memory, CPU, wakeups, scan time, latency, recovery, instructions.

Every subject has hardware of its own and runs at the same time as the others, so that the machine's load falls on all
alike; what is done one after the other is interleaved. Ratios compare, times do not: see README.md. Standard library
only.
"""

import argparse
import itertools
import json
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "Tests/FakeHardware"))
import fakehw  # noqa: E402
from awake import Awake  # noqa: E402
from drain import measure_drain  # noqa: E402
from held import Held  # noqa: E402
from subjects import COLD, HEATER, HEATER_SENSOR, SUBJECTS, WARM  # noqa: E402

# What a scan of two SHT31 on a 100 kHz bus takes at least: max(N·write, write + conversion) + N·read, in ms.
SCAN_BOUND = max(2 * 0.29, 0.29 + 15.0) + 2 * 0.65
SCAN_GAP = 0.3e9  # ns of silence on a bus between two scans
# After a power cut Bombyx starts one output every 5 s for 5 min (safety.md, F20); the subjects are in a shed that has had power for longer.
SPACED = 305  # s
KNOWN = 125  # s until a controller that is killed after that has left on disk that it is so: its memory is saved every minute

METRICS = {  # key: (title, unit, digits)
    "alone": ("memory, alone on a board", "MB", 2),
    "pss": ("memory, proportional", "MB", 2),
    "private": ("memory, private", "MB", 2),
    "resident": ("memory, resident", "MB", 2),
    "cpu": ("CPU time per hour", "s", 2),
    "wakeups": ("wakeups per second", "", 1),
    "threads": ("threads", "", 0),
    "period_error": ("scan period, error of the mean", "ms", 2),
    "scan": ("scan of one bus, median", "ms", 2),
    "scan_bound": ("scan of one bus / bound", "", 3),
    "scan_all": ("scan of all buses, median", "ms", 2),
    "nacks": ("messages not acknowledged", "", 0),
    "latency_p50": ("read → relay, median", "ms", 4),
    "latency_max": ("read → relay, worst", "ms", 4),
    "halted_p50": ("read → relay, median, processors halt", "ms", 4),
    "halted_max": ("read → relay, worst, processors halt", "ms", 4),
    "step_p50": ("step → relay, median", "ms", 1),
    "start_p50": ("start → first relay on, median", "ms", 1),
    "recovery_p50": ("SIGKILL → relay right again, median", "ms", 1),
    "recovery_max": ("SIGKILL → relay right again, worst", "ms", 1),
    "recovery_first": ("SIGKILL → relay right again, first, program perhaps paged out", "ms", 1),
    "history": ("log at the start", "MB", 0),
    "drain": ("drain, values per second", "", 0),
    "drain_day": ("drain of a day of 8 channels at 1 Hz", "s", 2),
    "drain_cpu": ("drain, CPU time of the sender a value", "µs", 2),
    "drain_bytes": ("drain, bytes of MQTT messages a record", "", 2),
    "drain_repeated": ("drain, records that came twice", "", 0),
    "recovery_cpu": ("SIGKILL → relay right again, CPU time", "ms", 1),
    "instructions": ("instructions per logged row", "", 0),
}


# MARK: Processes

def tree(pid):
    """The process and its descendants."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def memory(pids):
    """Megabytes, without the fake hardware's own mappings: proportional, private, resident, and alone, which is resident with
    what the subject's own processes share counted once."""
    total = {"Pss": 0, "Private_Clean": 0, "Private_Dirty": 0, "Rss": 0}
    files = {}
    anonymous = 0
    for pid in pids:
        mine = {}
        name = ""
        for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
            if match := re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+\s*(.*)", line):
                name = match[1]
            elif not name.endswith((".hardware", "/libfakehw.so")):
                key, value = line.split(":", 1)
                if key in total:
                    total[key] += int(value.split()[0])
                if key == "Rss":
                    mine[name] = mine.get(name, 0) + int(value.split()[0])
        anonymous += sum(size for name, size in mine.items() if not name.startswith("/"))
        for name, size in mine.items():
            if name.startswith("/"):
                files[name] = max(files.get(name, 0), size)
    private = total["Private_Clean"] + total["Private_Dirty"]
    return {"pss": total["Pss"] / 1024, "private": private / 1024, "resident": total["Rss"] / 1024,
            "alone": (anonymous + sum(files.values())) / 1024}


def used(pids):
    """CPU nanoseconds and voluntary context switches of all threads so far, and how many threads there are."""
    nanoseconds = switches = threads = 0
    for task in itertools.chain.from_iterable(Path(f"/proc/{pid}/task").iterdir() for pid in pids):
        nanoseconds += int((task / "schedstat").read_text().split()[0])
        status = (task / "status").read_text()
        switches += int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status, re.MULTILINE)[1])
        threads += 1
    return nanoseconds, switches, threads


# MARK: One subject on its hardware

class Rig:
    def __init__(self, name, options, folder):
        self.subject = SUBJECTS[name](options)
        self.folder = folder / name
        self.folder.mkdir(parents=True)
        # Hardware is no file on a disk, a write to which may wait for the file system's journal.
        self.hardware = fakehw.FakeHardware.create(
            Path(options.memory) / f"{name}.hardware", label=self.subject.label, khz=options.khz)
        self.library = options.library

    def climate(self, temperature):
        self.hardware.set_climate(*HEATER_SENSOR, temperature=temperature)

    def start(self, **how):
        self.subject.start(self.hardware, self.library, self.folder / "run", **how)

    def stop(self):
        self.subject.stop()

    def pids(self):
        return [pid for process in self.subject.processes for pid in tree(process.pid)]

    def fresh(self):
        """Forgets what the last run left on disk."""
        shutil.rmtree(self.folder / "run", ignore_errors=True)

    def await_heater(self, level, timeout=30):
        return self.hardware.wait_level(HEATER, level, timeout)


# MARK: Steady state

def measure_steady(rigs, options):
    """Memory, CPU and wakeups over a window in which all subjects run."""
    time.sleep(options.warm_up)
    before = {rig: (used(rig.pids()), rig.hardware.event_count, time.monotonic()) for rig in rigs}
    time.sleep(options.window)
    results = {}
    for rig in rigs:
        (cpu, switches, _), first_event, begin = before[rig]
        cpu_now, switches_now, threads = used(rig.pids())
        seconds = time.monotonic() - begin
        results[rig] = memory(rig.pids()) | scan_times(list(rig.hardware.events(first_event))) | {
            "threads": threads,
            "cpu": (cpu_now - cpu) / 1e9 / seconds * 3600,
            "wakeups": (switches_now - switches) / seconds,
        }
    return results


def scans(events, same_scan):
    """Splits triggers and reads into scans: a new one begins after a silence."""
    groups = []
    for event in events:
        if groups and same_scan(groups[-1][-1], event):
            groups[-1].append(event)
        elif event.kind == "trigger":
            groups.append([event])
    return [group for group in groups[1:-1] if group[-1].kind == "read"]  # The window cuts the outer ones.


def scan_times(events):
    wanted = [event for event in events if event.kind == "trigger" or event.is_measurement]
    wanted.sort(key=lambda event: event.begin_ns)

    def close_by(last, event):
        return event.begin_ns - last.time_ns < SCAN_GAP

    per_bus = []
    for bus in sorted({event.bus for event in wanted}):
        per_bus += scans([event for event in wanted if event.bus == bus], close_by)
    everything = scans(wanted, close_by)
    if not per_bus or len(everything) < 3:
        return {}
    lengths = [(scan[-1].time_ns - scan[0].begin_ns) / 1e6 for scan in per_bus]
    begins = [scan[0].begin_ns for scan in everything]
    period = (begins[-1] - begins[0]) / (len(begins) - 1) / 1e6
    return {
        "scan": statistics.median(lengths),
        "scan_bound": statistics.median(lengths) / SCAN_BOUND,
        "scan_all": statistics.median((scan[-1].time_ns - scan[0].begin_ns) / 1e6 for scan in everything),
        "period_error": period - 1000,
        "nacks": sum(event.kind == "nack" for event in events),
    }


# MARK: Latency

def crossing(rig, temperature, level):
    """Lets the temperature cross the threshold. Returns milliseconds from the return of the read that delivered it, and
    from the crossing, to the change of the line."""
    since, begin = rig.hardware.event_count, time.monotonic_ns()
    rig.climate(temperature)
    read = rig.hardware.wait_for(
        lambda event: event.is_measurement and (event.bus, event.number) == HEATER_SENSOR
        and abs(event.value - temperature) < 1e-9, 10, since)
    change = rig.hardware.wait_for(
        lambda event: event.kind == "set" and event.number == HEATER and event.value == level, 10, read.index)
    return (change.time_ns - read.time_ns) / 1e6, (change.time_ns - begin) / 1e6


def measure_latency(rigs, options):
    with Awake():
        awake = crossings(rigs, options)
    halting = crossings(rigs, options)
    return {rig: latencies(*zip(*awake[rig])) | halted(*zip(*halting[rig])) for rig in rigs}


def crossings(rigs, options):
    samples = {rig: [] for rig in rigs}
    for _ in range(options.crossings):
        for temperature, level in ((WARM, 0), (COLD, 1)):
            for rig in rigs:
                time.sleep(random.random())
                samples[rig].append(crossing(rig, temperature, level))
    return samples


def latencies(reads, steps):
    return {"latency_p50": statistics.median(reads), "latency_max": max(reads), "step_p50": statistics.median(steps)}


def halted(reads, _):
    return {"halted_p50": statistics.median(reads), "halted_max": max(reads)}


# MARK: Start and recovery

def measure_start(rigs, options):
    """From the start of the first process to the first relay being on, in a cold shed."""
    samples = {rig: [] for rig in rigs}
    for _ in range(options.starts):
        for rig in rigs:
            rig.fresh()
            rig.climate(COLD)
            since, begin = rig.hardware.event_count, time.monotonic_ns()
            rig.start()
            first = rig.hardware.wait_for(lambda event: event.kind == "set" and event.value == 1, 30, since)
            samples[rig].append((first.time_ns - begin) / 1e6)
            rig.stop()
            rig.fresh()
    return {rig: {"start_p50": statistics.median(times)} for rig, times in samples.items()}


def recovery(rig):
    """The shed turns cold in the moment in which the controller is killed; it is started again at once."""
    rig.climate(WARM)
    rig.await_heater(0)
    time.sleep(1 + random.random())
    process = rig.subject.processes[rig.subject.controller]
    begin = time.monotonic_ns()
    process.kill()
    rig.climate(COLD)
    process.wait()
    rig.subject.restart(rig.subject.controller)
    end = rig.await_heater(1)
    return (end - begin) / 1e6, used([rig.subject.processes[rig.subject.controller].pid])[0] / 1e6


def measure_recovery(rigs, options):
    first = {rig: {"recovery_first": recovery(rig)[0]} for rig in rigs}
    samples = {rig: [] for rig in rigs}
    with Held([pid for rig in rigs for pid in rig.pids()]):
        for _ in range(options.kills):
            for rig in rigs:
                samples[rig].append(recovery(rig))
    return {rig: first[rig] | recoveries(*zip(*pairs)) for rig, pairs in samples.items()}


def recoveries(times, cpu):
    return {"recovery_p50": statistics.median(times), "recovery_max": max(times), "recovery_cpu": statistics.median(cpu)}


# MARK: Instructions

def run_counted(rig, seconds):
    """Runs under callgrind for some seconds. Returns instructions of all processes and rows logged."""
    rig.fresh()
    run = rig.folder / "run"
    wrapper = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={run}/callgrind.%p"]
    rig.start(wrapper=wrapper, seconds=seconds)
    begin = time.monotonic()
    while time.monotonic() - begin < seconds and any(process.poll() is None for process in rig.subject.processes):
        time.sleep(0.05)
    rig.subject.stop(timeout=120)
    totals = [int(re.search(r"^(?:totals|summary): (\d+)", path.read_text(), re.MULTILINE)[1])
              for path in run.glob("callgrind.*")]
    return sum(totals), rig.subject.rows(run)


def measure_instructions(rigs, options):
    """The difference of a long and a short run, so that starting does not count."""
    results = {}
    for rig in rigs:
        short, long = run_counted(rig, options.count_seconds), run_counted(rig, 3 * options.count_seconds)
        results[rig] = {"instructions": (long[0] - short[0]) / (long[1] - short[1])}
    return results


# MARK: Report

def merge(runs):
    """Medians of several rounds."""
    keys = {key for run in runs for key in run}
    return {key: statistics.median(run[key] for run in runs if key in run) for key in keys}


def print_table(results):
    names = list(results)
    first = names[0]
    ratios = "".join(f"{name + '/' + first:>20}" for name in names[1:])
    print(" " * 38 + "".join(f"{name:>16}" for name in names) + ratios)
    for key, (title, unit, digits) in METRICS.items():
        if not any(key in results[name] for name in names):
            continue
        row = f"{title + (', ' + unit if unit else ''):38}"
        row += "".join(f"{number(results[name].get(key), digits):>16}" for name in names)
        row += "".join(f"{ratio(results[first].get(key), results[name].get(key)):>20}" for name in names[1:])
        print(row)


def number(value, digits):
    return "–" if value is None else f"{value:,.{digits}f}"


def ratio(base, other):
    return f"{other / base:.2f}" if base and other is not None else "–"


def measure(options, folder):
    rigs = [Rig(name, options, folder) for name in options.subjects]
    collected = {rig: {} for rig in rigs}

    def add(part):
        for rig, values in part.items():
            collected[rig] |= values

    def of(part):
        """The rigs that a part says something about."""
        return [rig for rig in rigs if rig.subject.parts is None or part in rig.subject.parts]

    if "start" in options.parts:
        add(measure_start(of("start"), options))
    if {"steady", "latency", "recovery"} & set(options.parts):
        for rig in rigs:
            rig.climate(COLD)
            rig.start()
            if size := rig.subject.history(rig.folder / "run"):
                collected[rig]["history"] = size
        began = time.monotonic()
        try:
            if "steady" in options.parts:
                rounds = [measure_steady(of("steady"), options) for _ in range(options.rounds)]
                add({rig: merge([part[rig] for part in rounds]) for rig in of("steady")})
            if "latency" in options.parts:
                time.sleep(max(0, began + SPACED - time.monotonic()))
                add(measure_latency(of("latency"), options))
            if "recovery" in options.parts:
                time.sleep(max(0, began + SPACED + KNOWN - time.monotonic()))
                add(measure_recovery(of("recovery"), options))
        finally:
            for rig in rigs:
                rig.stop()
    if "drain" in options.parts:
        add(measure_drain(rigs, options, folder))
    if "instructions" in options.parts:
        add(measure_instructions(of("instructions"), options))
    return {rig.subject.name: values for rig, values in collected.items()}


PARTS = ("start", "steady", "latency", "recovery", "drain", "instructions")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subjects", nargs="+", choices=SUBJECTS, default=list(SUBJECTS), help="ratios to the first")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS[:-1], help="instructions needs valgrind")
    parser.add_argument("--binaries", default=HERE.parent / ".build/release", help="folder of Bombyx's programs")
    parser.add_argument("--python", default=sys.executable, help="interpreter with peer/requirements.txt")
    parser.add_argument("--khz", type=int, default=100, help="bus clock")
    parser.add_argument("--warm-up", type=float, default=5, help="s before every window")
    parser.add_argument("--window", type=float, default=60, help="s")
    parser.add_argument("--rounds", type=int, default=3, help="windows")
    parser.add_argument("--crossings", type=int, default=15, help="in each direction")
    parser.add_argument("--starts", type=int, default=10)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--drains", type=int, default=3)
    parser.add_argument("--history-days", type=int, default=30, help="past of the subjects with one")
    parser.add_argument("--count-seconds", type=float, default=20, help="of the short run under callgrind")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
        options.scratch, options.memory = folder, memory
        options.library = fakehw.build(Path(folder) / "libfakehw.so")
        results = measure(options, Path(folder))
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        print_table(results)


if __name__ == "__main__":
    main()
