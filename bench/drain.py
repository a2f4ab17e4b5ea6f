# How fast a day that was not sent goes to a broker: part of measure.py.
"""A day of eight channels at 1 Hz waits on each subject's disk, 691 200 values. Bombyx's real controller sends it to a local mosquitto behind
which a hub acknowledges without a database; the script sends what people write: one JSON message a value over paho-mqtt, QoS 1, and forgets a
row when the broker has it."""

import json
import os
import shutil
import socket
import statistics
import subprocess
import time
from pathlib import Path

from subjects import Bombyx, configuration

HERE = Path(__file__).resolve().parent
CHANNELS, SECONDS = 8, 86_400
DAY = CHANNELS * SECONDS


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait(what, is_so, timeout=120):
    deadline = time.monotonic() + timeout
    while not (found := is_so()):
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.005)
    return found


class Broker:
    """A mosquitto that keeps nothing on disk."""

    def __init__(self, folder):
        self.port = free_port()
        file = folder / "mosquitto.conf"
        user = "user root\n" if os.geteuid() == 0 else ""
        file.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\n"
                        f"max_inflight_messages 200\n{user}")
        self.process = subprocess.Popen(["/usr/sbin/mosquitto", "-c", file], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        wait("mosquitto serves", self.is_open)

    def is_open(self):
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    def end(self):
        self.process.kill()
        self.process.wait()


class Draining(Bombyx):
    """Bombyx with an uplink and a day behind it."""

    port = 0
    history = Path()

    def prepare(self, folder):
        shutil.copytree(self.history, folder / "state")
        super().prepare(folder)
        uplink = f'\n[uplink]\nbroker = "mqtt://localhost:{self.port}"\ndevice = "bench"\n'
        (folder / "bombyx.toml").write_text(configuration() + uplink)

    def cpu(self):
        """Seconds of the controller so far."""
        times = Path(f"/proc/{self.processes[1].pid}/stat").read_text().rsplit(")")[1].split()[11:13]
        return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")

    def ask(self, *words):
        return subprocess.run(
            [self.binaries / "bombyx", "sync", *words, "--json", "--socket", self.runtime / "bombyxd.sock"],
            capture_output=True, text=True)

    def status(self):
        answer = self.ask()
        return json.loads(answer.stdout) if answer.returncode == 0 else {}


def fill(options, folder):
    """The day's log. Returns its folder and the newest record of each lane."""
    history = folder / "day"
    text = subprocess.run(
        [Path(options.binaries) / "filled-log", "fill", history, "--days", "1", "--every", "1", "--probes", "4"],
        check=True, capture_output=True, text=True).stdout
    return history, {lane: int(newest) for lane, newest in (line.split() for line in text.splitlines())}


def drain_bombyx(rig, options, day):
    history, newest = day
    rig.fresh()
    folder = rig.folder / "run"
    folder.mkdir(parents=True)
    broker = Broker(folder)
    subject = Draining(options)
    subject.port, subject.history = broker.port, history
    sink = None
    try:
        subject.start(rig.hardware, rig.library, folder)
        wait("Bombyx is connected", lambda: subject.status().get("connected"))
        # The shed waits for an answer to what it sent in the last seconds before there was a hub.
        time.sleep(5)
        with open(folder / "sink.txt", "wb") as log:
            sink = subprocess.Popen(
                [Path(options.binaries) / "hub-sink", "--port", str(broker.port), "--records", str(sum(newest.values()))],
                stdout=subprocess.PIPE, stderr=log, text=True)
        wait("the hub is connected", lambda: "connected to" in (folder / "sink.txt").read_text())
        before, used = subject.status()["bytes_today"], subject.cpu()
        begin = time.monotonic()
        subject.ask("now")
        stored, repeated = (int(word) for word in sink.stdout.readline().split())
        seconds, used = time.monotonic() - begin, subject.cpu() - used

        def all_acknowledged():
            lanes = {lane["lane"]: lane["acknowledged"] for lane in subject.status()["lanes"]}
            return all(lanes[lane] >= number for lane, number in newest.items())

        wait("the controller knows that all is there", all_acknowledged)
        sent = subject.status()["bytes_today"] - before
        return {"drain": stored / seconds, "drain_day": DAY * seconds / stored, "drain_cpu": used / stored * 1e6,
                "drain_bytes": sent / stored, "drain_repeated": repeated}
    finally:
        subject.stop()
        for process in filter(None, (sink,)):
            process.kill()
            process.wait()
        broker.end()


def drain_script(rig, options):
    rig.fresh()
    folder = rig.folder / "run"
    folder.mkdir(parents=True)
    broker = Broker(folder)
    try:
        # A part of the day: all of it would take minutes, at the same rate.
        said = subprocess.run(
            [options.python, HERE / "peer/drain.py", "--port", str(broker.port), "--rows", str(DAY // 32), "--database",
             folder / "rows.db"], check=True, capture_output=True, text=True).stdout
        rows, seconds, used = map(float, said.split())
        return {"drain": rows / seconds, "drain_day": DAY * seconds / rows, "drain_cpu": used / rows * 1e6}
    finally:
        broker.end()


def measure_drain(rigs, options, folder):
    """One after the other, in turns. The write-ahead log makes no difference to the script here."""
    day = fill(options, folder)
    runs = {rig: [] for rig in rigs if rig.subject.name in ("bombyx", "python")}
    for _ in range(options.drains):
        for rig, found in runs.items():
            found.append(drain_bombyx(rig, options, day) if rig.subject.name == "bombyx" else drain_script(rig, options))
    return {rig: {key: statistics.median(run[key] for run in found) for key in found[0]} for rig, found in runs.items()}
