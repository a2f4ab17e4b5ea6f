#!/usr/bin/env python3
"""Checks the fake hardware and CGPIO against each other, with real processes.

CGPIO is compiled against the installed libgpiod and, if LIBGPIOD2 names a folder with `include/gpiod.h` and
`lib/libgpiod.so` of version 2, against that too.
"""

import errno
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import fakehw  # noqa: E402

CGPIO = HERE.parents[2] / "Sources/CGPIO"
FOLDER = tempfile.TemporaryDirectory()
LIBRARY = Path(FOLDER.name) / "libfakehw.so"


def compile_shell(output, gpiod=None):
    options = ["-std=gnu17", "-O1", "-Wall", "-Wextra", "-Werror", "-I", CGPIO / "include"]
    linking = ["-lgpiod"]
    if gpiod:
        options += ["-I", gpiod / "include"]
        linking = ["-L", gpiod / "lib", f"-Wl,-rpath,{gpiod / 'lib'}", "-lgpiod"]
    sources = [HERE / "shell.c", *CGPIO.glob("*.c")]
    subprocess.run([os.environ.get("CC", "cc"), *options, "-o", output, *sources, *linking], check=True)


def setUpModule():
    fakehw.build(LIBRARY)
    compile_shell(Path(FOLDER.name) / "shell-installed")
    if "LIBGPIOD2" in os.environ:
        compile_shell(Path(FOLDER.name) / "shell-2", Path(os.environ["LIBGPIOD2"]))


def tearDownModule():
    FOLDER.cleanup()


class Shell:
    def __init__(self, hardware, program):
        self.process = subprocess.Popen([program], env=hardware.environment(LIBRARY), text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def send(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Case(unittest.TestCase):
    program = "shell-installed"
    settings = {}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.hardware = fakehw.FakeHardware.create(Path(folder.name) / "memory", **self.settings)
        self.addCleanup(self.hardware.close)

    def shell(self):
        shell = Shell(self.hardware, Path(FOLDER.name) / self.program)
        self.addCleanup(shell.end)
        return shell

    def kinds(self):
        return [event.kind for event in self.hardware.events()]


class LinesOverInstalledLibrary(Case):
    def test_lists_chips_and_lines_and_finds_by_name(self):
        shell = self.shell()
        self.hardware.name_line(7, "RELAY7")
        self.assertEqual(shell.send("chips"), "1 gpiochip0 fakehw 58")
        self.assertEqual(shell.send("find fakehw RELAY7"), "7")
        self.assertEqual(shell.send("find fakehw NOTHING"), str(-errno.ENOENT))
        self.assertEqual(shell.send("find other RELAY7"), str(-errno.ENOENT))
        self.assertEqual(shell.send("find /dev/gpiochip0 RELAY7"), "7")
        self.assertEqual(shell.send("outputs fakehw 7 0 1"), "0")
        self.assertEqual(shell.send("lines fakehw"), "58 RELAY7=check")

    def test_first_values_come_with_the_request(self):
        shell = self.shell()
        self.assertEqual(shell.send("outputs fakehw 4,5,6 2 3"), "0")
        self.assertEqual([self.hardware.level(line) for line in (4, 5, 6)], [1, 0, 0])
        self.assertEqual(self.kinds().count("request"), 3)
        self.assertNotIn("set", self.kinds())

    def test_sets_and_reads_back_with_active_low_lines(self):
        shell = self.shell()
        shell.send("outputs fakehw 4,5,6 2 0")
        self.assertEqual(shell.send("set 7"), "0")
        self.assertEqual([self.hardware.level(line) for line in (4, 5, 6)], [1, 0, 1])
        self.assertEqual(shell.send("get"), "7")
        self.hardware.stick(6, 0)
        self.assertEqual(shell.send("get"), "3")
        self.hardware.stick(6, None)
        self.assertEqual(shell.send("get"), "7")

    def test_a_held_line_is_busy_and_none_of_a_refused_request_is_taken(self):
        first, second = self.shell(), self.shell()
        self.assertEqual(first.send("outputs fakehw 4 0 1"), "0")
        self.assertEqual(second.send("outputs fakehw 3,4 0 0"), str(-errno.EBUSY))
        self.assertFalse(self.hardware.held(3))
        self.assertEqual(self.hardware.level(4), 1)
        self.assertEqual(first.send("release"), "0")
        self.assertEqual(second.send("outputs fakehw 3,4 0 2"), "0")

    def test_refuses_bad_requests(self):
        shell = self.shell()
        self.assertEqual(shell.send("outputs fakehw 4,4 0 0"), str(-errno.EINVAL))
        self.assertEqual(shell.send("outputs fakehw 58 0 0"), str(-errno.ENOENT))
        self.assertEqual(shell.send("outputs nochip 1 0 0"), str(-errno.ENOENT))
        self.assertEqual(shell.send("inputs fakehw 1 0 0"), "0")
        self.assertEqual(shell.send("set 1"), str(-errno.EPERM))
        self.assertEqual(shell.send("edge"), str(-errno.EPERM))

    def test_a_killed_process_drops_its_lines(self):
        shell = self.shell()
        shell.send("outputs fakehw 4 0 1")
        shell.process.send_signal(signal.SIGKILL)
        self.hardware.wait_level(4, 0)
        self.assertNotIn("release", self.kinds())

    def test_a_killed_process_leaves_its_lines_on_a_board_that_keeps_them(self):
        self.hardware.set_release("keep")
        shell = self.shell()
        shell.send("outputs fakehw 4 0 1")
        shell.process.kill()
        shell.process.wait()
        self.assertEqual((self.hardware.level(4), self.hardware.held(4)), (1, False))

    def test_a_stopped_process_still_holds_its_lines(self):
        shell = self.shell()
        shell.send("outputs fakehw 4 0 1")
        shell.process.send_signal(signal.SIGSTOP)
        self.assertEqual((self.hardware.level(4), self.hardware.held(4)), (1, True))
        shell.process.send_signal(signal.SIGCONT)

    def test_reports_edges_of_several_inputs_through_one_descriptor(self):
        shell = self.shell()
        self.assertEqual(shell.send("inputs fakehw 10,11 2 3"), "0")
        self.assertEqual(shell.send("edge"), "0")
        before = time.monotonic_ns()
        self.hardware.drive_input(10, 1)
        self.assertEqual(shell.send("poll"), "1")
        index, direction, at = shell.send("edge").split()
        self.assertEqual((index, direction), ("0", "rising"))
        self.assertTrue(before <= int(at) <= time.monotonic_ns())
        self.hardware.drive_input(11, 1)
        self.hardware.drive_input(11, 0)
        self.assertEqual(shell.send("edge").split()[:2], ["1", "falling"])
        self.assertEqual(shell.send("edge").split()[:2], ["1", "rising"])
        self.assertEqual(shell.send("edge"), "0")
        self.assertEqual(shell.send("get"), "3")

    def test_reports_only_the_edges_asked_for(self):
        shell = self.shell()
        shell.send("inputs fakehw 10,11 2 1")
        for level in (1, 0):
            self.hardware.drive_input(10, level)
            self.hardware.drive_input(11, level)
        self.assertEqual(shell.send("edge").split()[:2], ["0", "rising"])
        self.assertEqual(shell.send("edge").split()[:2], ["1", "rising"])
        self.assertEqual(shell.send("edge"), "0")


@unittest.skipUnless("LIBGPIOD2" in os.environ, "LIBGPIOD2 names no libgpiod 2")
class LinesOverLibrary2(LinesOverInstalledLibrary):
    program = "shell-2"

    def test_is_version_2(self):
        self.assertTrue(self.shell().send("version").startswith("2."))


class Sensors(Case):
    settings = {"sensors": ((0, 0x44), (0, 0x45), (1, 0x44))}

    def transfer(self, words):
        return self.shell().send("transfer " + words)

    def measure(self, place="0 44"):
        shell = self.shell()
        self.assertEqual(shell.send(f"transfer {place} w:2400"), "1")
        time.sleep(0.02)
        return shell.send(f"transfer {place} r:6")

    def test_measures_what_was_set(self):
        # 25.0 °C and 50 % are 0x6666 and 0x8000; checksums by the example polynomial of the datasheet, section 4.12.
        self.hardware.set_climate(0, 0x44, 25.0, 50.0)
        self.assertEqual(self.measure(), "1 6666938000a2")
        event = self.hardware.wait_for(lambda event: event.is_measurement)
        self.assertEqual((event.bus, event.number, event.value), (0, 0x44, 25.0))

    def test_a_measurement_is_not_acknowledged_before_it_is_over(self):
        self.assertEqual(self.transfer("0 44 w:2400 r:6"), str(-errno.EREMOTEIO))
        self.assertIn("nack", self.kinds())

    def test_clock_stretching_waits_for_the_measurement(self):
        self.hardware.set_climate(0, 0x44, 25.0, 50.0)
        self.assertEqual(self.transfer("0 44 w:2c06 r:6"), "2 6666938000a2")

    def test_only_present_sensors_answer(self):
        self.assertEqual(self.transfer("1 45 w:2400"), str(-errno.EREMOTEIO))
        self.assertEqual(self.transfer("1 44 w:2400"), "1")
        self.hardware.set_present(1, 0x44, False)
        self.assertEqual(self.transfer("1 44 w:2400"), str(-errno.EREMOTEIO))
        self.assertEqual(self.transfer("4 44 w:2400"), str(-errno.ENOENT))

    def test_status_register_and_serial_number(self):
        shell = self.shell()
        self.assertTrue(shell.send("transfer 0 44 w:f32d r:3").startswith("2 8010"))
        shell.send("transfer 0 44 w:3041")
        self.assertTrue(shell.send("transfer 0 44 w:f32d r:3").startswith("2 0000"))
        shell.send("transfer 0 44 w:30a2")
        time.sleep(0.003)
        self.assertTrue(shell.send("transfer 0 44 w:f32d r:3").startswith("2 8010"))
        shell.send("transfer 0 44 w:1234")
        self.assertTrue(shell.send("transfer 0 44 w:f32d r:3").startswith("2 8012"))
        serial = shell.send("transfer 0 44 w:3780 r:6")
        self.assertEqual((serial[2:6], serial[8:12]), ("5a00", "0044"))

    def test_faults(self):
        good = self.measure()
        self.hardware.set_fault(0, 0x44, "crc-humidity")
        bad = self.measure()
        self.assertEqual((bad[:-2], bad[-2:] != good[-2:]), (good[:-2], True))
        self.hardware.set_fault(0, 0x44, "nak")
        self.assertEqual(self.transfer("0 44 w:2400"), str(-errno.EREMOTEIO))
        self.hardware.set_fault(0, 0x44, "arbitration")
        self.assertEqual(self.transfer("0 44 w:2400"), str(-errno.EAGAIN))
        self.hardware.set_fault(0, 0x44, "stuck-bus")
        self.assertEqual(self.transfer("0 44 w:2400"), str(-errno.ETIMEDOUT))
        error = self.hardware.wait_for(lambda event: event.kind == "error" and event.detail == errno.ETIMEDOUT)
        self.assertGreaterEqual(error.time_ns - error.begin_ns, 200_000_000)
        self.hardware.set_fault(0, 0x44, "healthy")
        self.assertEqual(self.measure(), good)

    def test_a_reset_loses_the_measurement(self):
        shell = self.shell()
        shell.send("transfer 0 44 w:2400")
        self.hardware.reset_sensor(0, 0x44)
        self.assertEqual(shell.send("transfer 0 44 r:6"), str(-errno.EREMOTEIO))

    def test_a_transfer_takes_the_time_of_its_bits(self):
        self.transfer("0 44 w:2400")
        trigger = self.hardware.wait_for(lambda event: event.kind == "trigger")
        self.assertGreaterEqual(trigger.time_ns - trigger.begin_ns, 290_000)  # 29 bits at 100 kHz

    def test_a_process_killed_in_a_transfer_does_not_hang_the_bus(self):
        self.hardware.set_fault(0, 0x45, "stuck-bus")
        shell = self.shell()
        shell.process.stdin.write("transfer 0 45 w:2400\n")
        shell.process.stdin.flush()
        self.hardware.wait_for(lambda event: event.kind == "open")
        time.sleep(0.05)
        shell.process.kill()
        self.assertEqual(self.transfer("0 44 w:2400"), "1")


class Environment(unittest.TestCase):
    def run_with(self, **settings):
        with tempfile.TemporaryDirectory() as folder:
            environment = os.environ | {"LD_PRELOAD": str(LIBRARY), "FAKEHW_SHM": folder + "/memory"} | settings
            program = Path(FOLDER.name) / "shell-installed"
            commands = "chips\ntransfer 2 4f w:2400\ntransfer 0 44 w:2400\n"
            done = subprocess.run([program], env=environment, input=commands, text=True, capture_output=True)
            return done.returncode, [answer.strip() for answer in done.stdout.splitlines()]

    def test_settles_new_memory(self):
        code, answers = self.run_with(FAKEHW_SENSORS="2:4f", FAKEHW_LABEL="pinctrl-bcm2711", FAKEHW_LINES="32",
                                      FAKEHW_NAK_ERRNO="6", FAKEHW_BUSES="3")
        self.assertEqual((code, answers), (0, ["1 gpiochip0 pinctrl-bcm2711 32", "1", "-6"]))

    def test_refuses_bad_settings(self):
        bad = {"FAKEHW_SENSORS": "0-44", "FAKEHW_KHZ": "fast", "FAKEHW_RELEASE": "maybe", "FAKEHW_SHM": ""}
        for name, value in bad.items():
            self.assertEqual(self.run_with(**{name: value})[0], 96, name)


if __name__ == "__main__":
    unittest.main()
