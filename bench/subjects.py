# The programs that bench/measure.py compares: how each is started on the fake hardware, and what it has logged.
"""Every subject does workload W8: eight SHT31 on four buses at 1 Hz, two hysteresis and two PID loops, four relays, a
log. The relay that the measurements look at is HEATER: on below SETPOINT by what sensor HEATER_SENSOR measures."""

import os
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent

HEATER = 5  # Lines: the same in every subject.
MISTER, EXHAUST, FLOOR = 6, 13, 19
HEATER_SENSOR = (0, 0x44)
SETPOINT = 24.0  # °C
COLD, WARM = SETPOINT - 0.4, SETPOINT + 0.4  # Beyond the band of ±0.2 K, within every limit on the rate of change.


LONG = {"steady", "latency", "recovery"}  # What a long history may change.


class Subject:
    """One program, or several that do one job. A subject is used for one run in a folder of its own."""

    name = ""
    #: The parts of measure.py that say something about it; `None` for all.
    parts = None
    label = "fakehw"  # The chip's label that the subject looks for.

    def __init__(self, options):
        self.options = options
        self.processes = []

    def commands(self, folder, seconds=None):
        """The command lines, in the order to start them; `seconds` asks for an end after that time."""
        raise NotImplementedError

    def prepare(self, folder):
        """Writes what the commands need into the folder."""

    def ready(self, folder, index):
        """Whether the process `index` has got far enough to start the next."""
        return True

    def rows(self, folder):
        """How many readings were logged."""
        raise NotImplementedError

    def history(self, folder):
        """Size of the log with which it began, MB; None for an empty one."""
        return None

    #: Index of the process that controls: the one that is killed.
    controller = 0
    #: By index of the process, the command that gives it its scheduling.
    scheduling = {}

    def start(self, hardware, library, folder, *, wrapper=(), seconds=None):
        """Starts all processes. `wrapper` is put before every command (valgrind)."""
        folder.mkdir(parents=True, exist_ok=True)
        self.prepare(folder)
        self.launch = (hardware, library, folder, wrapper, seconds)
        self.processes = []
        for index in range(len(self.commands(folder, seconds))):
            self.processes.append(self._start(index))
            self._await(folder, index)

    def restart(self, index):
        """Starts one process again."""
        self.processes[index] = self._start(index)

    def _start(self, index):
        hardware, library, folder, wrapper, seconds = self.launch
        command = [*(wrapper or self.scheduling.get(index, ())), *self.commands(folder, seconds)[index]]
        with open(folder / f"output-{index}.txt", "ab") as output:
            return subprocess.Popen(
                command, env=hardware.environment(library), cwd=folder, stdout=output, stderr=output)

    def _await(self, folder, index):
        deadline = time.monotonic() + 20
        while not self.ready(folder, index):
            if self.processes[index].poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name}: process {index} did not start, see {folder}/output-{index}.txt")
            time.sleep(0.001)

    def stop(self, timeout=20):
        """Ends the processes, the last started first, as the system's manager would."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def failed(self):
        return [process.args for process in self.processes if process.poll() not in (None, 0)]


class PythonScript(Subject):
    """The usual script, with SQLite's default journal."""

    name = "python"
    journal = ()

    def commands(self, folder, seconds=None):
        limit = ("--seconds", str(seconds)) if seconds else ()
        return [[self.options.python, HERE / "peer/shed.py", "--database", folder / "shed.db", *self.journal, *limit]]

    def rows(self, folder):
        return count(folder / "shed.db", "SELECT count(*) FROM readings")


class PythonScriptWAL(PythonScript):
    """The usual script by somebody who has read about SQLite's write-ahead log."""

    name = "python-wal"
    journal = ("--wal",)


class Bombyx(Subject):
    """The guardian and the daemon."""

    name = "bombyx"
    controller = 1
    #: The guardian runs as its unit lets it (deploy/systemd/bombyx-guardian.service), where that is allowed.
    scheduling = {0: ("chrt", "--fifo", "10")} if os.geteuid() == 0 else {}

    def __init__(self, options, strip=()):
        super().__init__(options)
        # As /run on a device: in main memory, and empty after a boot.
        self.runtime = Path(options.memory) / "runtime" / self.name
        # Without debugging information, as they are installed; valgrind 3.19 cannot read that of Swift 6.
        self.binaries = Path(options.scratch) / "bin"
        self.binaries.mkdir(exist_ok=True)
        for name in ("bombyx", "bombyxd", "bombyx-guardian"):
            subprocess.run(["strip", *strip, "-o", self.binaries / name, Path(options.binaries) / name], check=True)
            # Read from the disk when they start, as after a boot: pages of a file just written are mapped in larger pieces.
            with open(self.binaries / name, "rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def commands(self, folder, seconds=None):
        guardian = [self.binaries / "bombyx-guardian", "--table", folder / "guardian.table",
                    "--socket", self.runtime / "guardian.sock", "--controller-user", str(Path(folder).stat().st_uid)]
        daemon = [self.binaries / "bombyxd", "--config", folder / "bombyx.toml", "--state-directory", folder / "state",
                  "--runtime-directory", self.runtime, "--guardian-socket", self.runtime / "guardian.sock",
                  "--share", folder / "share"]
        return [guardian, daemon]

    def prepare(self, folder):
        shutil.rmtree(self.runtime, ignore_errors=True)
        self.runtime.mkdir(parents=True)
        (folder / "state").mkdir(exist_ok=True)
        (folder / "bombyx.toml").write_text(configuration())
        (folder / "share/board/bench").mkdir(parents=True, exist_ok=True)
        (folder / "share/board/bench/board.toml").write_text(board(self.label))
        subprocess.run(
            [self.binaries / "bombyx", "apply", folder / "bombyx.toml", "--share", folder / "share",
             "--table", folder / "guardian.table", "--installed", folder / "installed.toml"],
            check=True, stdout=subprocess.DEVNULL)

    def ready(self, folder, index):
        return index != 0 or (self.runtime / "guardian.sock").exists()

    def rows(self, folder):
        # A row of the script is a sensor's temperature and humidity: two samples. The means of the zones come on top of them.
        # Every scan has all channels.
        return count(
            folder / "state/bombyx.db",
            """SELECT total(samples) * (SELECT count(*) FROM channels WHERE name LIKE 'probe-%')
               / (SELECT max(count(*), 1) FROM channels) / 2 FROM blocks""")


class TwoInC(Subject):
    """The least that two processes need from a read to a relay: a limit, which does nothing else."""

    name = "two-in-c"
    parts = {"latency"}
    controller = 1
    scheduling = Bombyx.scheduling

    def __init__(self, options):
        super().__init__(options)
        self.program = Path(options.scratch) / "two"
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", self.program, HERE / "peer/two.c"], check=True)

    def commands(self, folder, seconds=None):
        return [[self.program, role, folder / "socket"] for role in ("own", "control")]

    def ready(self, folder, index):
        return index != 0 or (folder / "socket").exists()


class BombyxWithHistory(Bombyx):
    """The same with a past: twelve channels at 1 Hz for some days."""

    name = "bombyx-history"
    parts = LONG

    def prepare(self, folder):
        if not (folder / "state").exists():
            subprocess.run([Path(self.options.binaries) / "filled-log", "fill", folder / "state", "--every", "1",
                            "--days", str(self.options.history_days)], check=True, stdout=subprocess.DEVNULL)
        super().prepare(folder)

    def history(self, folder):
        return sum(file.stat().st_size for file in (folder / "state").iterdir()) / 1e6


class PythonScriptWithHistory(PythonScript):
    """The same with a past: its eight sensors at 1 Hz for the same days."""

    name = "python-history"
    parts = LONG

    def prepare(self, folder):
        connection = sqlite3.connect(folder / "shed.db")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(
            "CREATE TABLE readings (time REAL, bus INTEGER, address INTEGER, temperature REAL, humidity REAL)")
        connection.execute(
            """INSERT INTO readings WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
               SELECT unixepoch() - i / 8, i % 4, 68 + i / 4 % 2, 24 + i % 37 * 0.01, 60 + i % 41 * 0.01 FROM n""",
            (self.options.history_days * 86_400 * 8,))
        connection.commit()
        connection.close()

    def history(self, folder):
        return (folder / "shed.db").stat().st_size / 1e6


def board(label):
    """A board with the buses and lines of the fake hardware."""
    buses = "".join(f'[[bus]]\nname = "i2c{bus}"\ndevice = "/dev/i2c-{bus}"\n\n' for bus in range(4))
    pins = "".join(
        f'[[pin]]\nnames = ["GPIO{line}"]\nchip = "{label}"\noffset = {line}\nboot-pull = "down"\n\n'
        for line in (HEATER, MISTER, EXHAUST, FLOOR))
    return (f'schema = 1\nmodel = "bench"\ntitle = "Fake hardware"\nwatchdog-limit = "15s"\n\n'
            f'[[chip]]\nlabel = "{label}"\non-release = "becomes-input"\n\n{buses}{pins}')


def configuration():
    sensors = "".join(
        f'[[sensor]]\nname = "probe-{bus}-{address:x}"\nmodel = "sht31"\nbus = "i2c{bus}"\naddress = {address:#x}\n'
        # The heater follows one sensor alone, as in the script.
        f'zone = "zone-{bus if (bus, address) == HEATER_SENSOR else max(bus, 1)}"\n\n'
        for bus in range(4) for address in (0x44, 0x45)
    )
    outputs = "".join(
        f'[[output]]\nname = "{name}"\npin = "GPIO{line}"\nkind = "{kind}"\nfailsafe = "off"\n'
        'min-on = "0s"\nmin-off = "0s"\n\n'
        for name, line, kind in (("heater", HEATER, "heater"), ("mister", MISTER, "mister"),
                                 ("exhaust", EXHAUST, "fan"), ("floor", FLOOR, "heater"))
    )
    zones = (
        f'[[zone]]\nname = "zone-0"\ntemperature = {{ control = "hysteresis", setpoint = "{SETPOINT} °C", '
        f'band = "0.2 K", heat = ["heater"] }}\n\n'
        '[[zone]]\nname = "zone-1"\nhumidity = { control = "hysteresis", setpoint = "70 %", band = "3 %", '
        'raise = ["mister"] }\n\n'
        '[[zone]]\nname = "zone-2"\ntemperature = { control = "pid", setpoint = "26 °C", cool = ["exhaust"] }\n\n'
        '[[zone]]\nname = "zone-3"\ntemperature = { control = "pid", setpoint = "25 °C", heat = ["floor"] }\n'
    )
    site = '[site]\nname = "bench"\nlatitude = 31.4\nlongitude = 109.6\naltitude = 400\ntimezone = "Asia/Shanghai"\n\n'
    log = '[journal]\nsample-interval = "1s"\n\n'
    return f'schema = 1\n\n{site}{log}[board]\nmodel = "bench"\n\n{sensors}{outputs}{zones}'


def count(database, question):
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return round(connection.execute(question).fetchone()[0])
    finally:
        connection.close()


SUBJECTS = {subject.name: subject for subject in (
    Bombyx, PythonScript, PythonScriptWAL, TwoInC, BombyxWithHistory, PythonScriptWithHistory)}
