"""Keeps processors from halting."""

import os
import subprocess
import sys

SPIN = """
import os, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
parent = os.getppid()
while os.getppid() == parent:
    for _ in range(100_000):
        pass
"""


class Awake:
    """On each processor a process that gives way to everything else, so that none halts for want of work.

    What a processor needs to come back from a halt is a few µs on a board and many times that in a virtual machine, where the
    host has to give it back: it would be measured instead of the programs. cyclictest holds /dev/cpu_dma_latency for the same
    reason; that asks a driver which a virtual machine mostly has not.
    """

    def __enter__(self):
        self.spinners = [
            subprocess.Popen([sys.executable, "-c", SPIN, str(cpu)]) for cpu in sorted(os.sched_getaffinity(0))
        ]
        return self

    def __exit__(self, *_):
        for spinner in self.spinners:
            spinner.kill()
            spinner.wait()
