#!/usr/bin/env python3
"""A room with a heater, a vent and sun, controlled by Bombyx in lock step. Standard library only.

  room.py [--bombyx PATH] [--days N] [--json]

The plant is the class Room: forty lines of physics. The rest shows all there is to say to `bombyx cosim`: one line to begin with,
one line a step, one answer for each. To bring a plant of your own, replace Room and room.toml.
"""

import argparse
import json
import math
import subprocess
import sys
from pathlib import Path


class Room:
    """Air and walls of a room of 60 m³ with a south window, as two stores of heat."""

    AIR = 60 * 1.2 * 1005 * 3  # J/K: air, and three times as much in furniture that follows it
    WALLS = 12e6  # J/K
    AIR_TO_WALLS = 250.0  # W/K
    WALLS_TO_OUTSIDE = 60.0  # W/K
    LEAKAGE = 0.5 * 60 / 3600 * 1.2 * 1005  # W/K: half an air change an hour
    WINDOW = 4.0  # m², what reaches the room of the sun on it
    VENT = 900 / 3600 * 1.2 * 1005  # W/K with the vent fully open: 900 m³/h
    HEATER = 3000.0  # W

    def __init__(self):
        self.air = 18.0
        self.walls = 18.0
        self.energy = 0.0  # kWh of the heater

    def outside(self, t):
        """Spring: 8 °C in the mean, coldest at six, warmest at three in the afternoon."""
        return 8 - 6 * math.cos(2 * math.pi * (t / 86400 - 3 / 24))

    def sun(self, t):
        """W/m² on the window between six and eighteen o'clock."""
        return max(0.0, 650 * math.sin(2 * math.pi * (t / 86400 - 0.25)))

    def advance(self, t, step, heater, vent):
        """Lets `step` seconds pass with the heater at a share of its power and the vent open so far."""
        count = max(1, round(step / 10))
        dt = step / count
        for index in range(count):
            now = t + index * dt
            outside = self.outside(now)
            to_walls = self.AIR_TO_WALLS * (self.air - self.walls)
            lost = (self.LEAKAGE + self.VENT * vent) * (self.air - outside)
            sun = self.WINDOW * self.sun(now)
            self.air += dt * (self.HEATER * heater + 0.4 * sun - to_walls - lost) / self.AIR
            self.walls += dt * (to_walls + 0.6 * sun - self.WALLS_TO_OUTSIDE * (self.walls - outside)) / self.WALLS
        self.energy += self.HEATER * heater * step / 3.6e6


class Cosimulation:
    """`bombyx cosim` as a child process."""

    def __init__(self, bombyx, config, start, step):
        self.process = subprocess.Popen(
            [bombyx, "cosim", "--config", str(config)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.ready = self.ask({"start": start, "step": step})

    def ask(self, message):
        """Says one line and reads the answer."""
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": "ended", "message": "bombyx has ended"}
        if "error" in answer:
            raise SystemExit(f"bombyx cosim: {answer['message']}")
        return answer

    def close(self):
        """End of input: Bombyx ends with 0."""
        self.process.stdin.close()
        return self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bombyx", default="bombyx", help="the program")
    parser.add_argument("--config", default=Path(__file__).with_name("room.toml"))
    parser.add_argument("--days", type=float, default=2)
    parser.add_argument("--step", type=float, default=30, help="seconds")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    room = Room()
    bombyx = Cosimulation(options.bombyx, options.config, "2026-04-20T00:00:00+08:00", options.step)
    settled = in_band = 0
    answers = 0
    widest = 0.0
    alarms = set()
    t = 0.0
    while t < options.days * 86400:
        channels = {"room.temperature": round(room.air, 3), "outside.temperature": round(room.outside(t), 3)}
        # What the configuration has, but the plant does not, may be left out, or be null: a sensor that gives nothing.
        channels["outside.humidity"] = None
        answer = bombyx.ask({"t": t, "channels": channels})
        outputs = answer["outputs"]
        room.advance(t, options.step, outputs["heater"], outputs["vent"])
        t = answer["t"]
        answers += 1
        alarms.update(answer["alarms"])
        widest = max(widest, outputs["vent"])
        if t > 6 * 3600:  # The room was cold at first.
            settled += 1
            in_band += 21.0 <= room.air <= 24.0
        if not options.json and answers % round(3600 / options.step) == 0:
            print(f"{t / 3600:5.1f} h  {room.air:5.2f} °C  heater {outputs['heater']:4.0%}  vent {outputs['vent']:4.0%}")
    figures = {
        "answers": answers,
        "in_band": round(in_band / max(settled, 1), 4),
        "widest_vent": widest,
        "heater_kWh": round(room.energy, 3),
        "alarms": sorted(alarms),
        "exit": bombyx.close(),
    }
    print(json.dumps(figures) if options.json else f"in the band {figures['in_band']:.1%} of the time, {room.energy:.1f} kWh")
    return figures["exit"]


if __name__ == "__main__":
    sys.exit(main())
