#!/usr/bin/env python3
"""Runs whole seasons in simulated houses and checks that they keep what is promised.

  season.py BOMBYX [--seeds N]     BOMBYX: the command-line tool, built for release

Thirty days of fifth instar at default settings: within 1 K of the setpoint 95 % of the time, in the humidity band 85 %, no
constraint violated, the same seed twice with the same log. Ten days of a greenhouse: soil moisture in its band 95 %, never
more water than the cap. Standard library only.
"""

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor


def run(bombyx, site, days, seed):
    command = [bombyx, "simulate", "--site", site, "--days", str(days), "--seed", str(seed), "--report", "json"]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode not in (0, 1):
        raise SystemExit(f"season: {' '.join(command)} ended with {result.returncode}: {result.stderr}")
    return json.loads(result.stdout)


def shed(report):
    zone = report["zones"]["shed"]
    yield "within 1 K", zone["temperature"]["within_1K"], 0.95
    yield "humidity in band", zone["humidity"]["in_band"], 0.85


def greenhouse(report):
    zone = report["zones"]["greenhouse"]
    yield "soil moisture in band", zone["soil_moisture"]["in_band"], 0.95
    yield "water below the cap", zone["water_cap_l"] / max(zone["water_24h_most_l"], 1e-9), 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bombyx")
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    jobs = [("silkworm-shed", 30, 1, shed)]
    for seed in range(1, options.seeds + 1):
        jobs += [("silkworm-shed", 30, seed, shed), ("greenhouse", 10, seed, greenhouse)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        reports = list(pool.map(lambda job: run(options.bombyx, *job[:3]), jobs))
    passed = failed = 0
    digests = {}
    for (site, days, seed, check), report in zip(jobs, reports):
        results = [(what, value, least, value >= least) for what, value, least in check(report)]
        results.append(("violations", len(report["violations"]), 0, not report["violations"]))
        same = digests.setdefault((site, seed), report["log_sha256"]) == report["log_sha256"]
        results.append(("same log as before" if same else "another log than before", int(same), 1, same))
        for what, value, least, is_kept in results:
            print(f"{'ok  ' if is_kept else 'FAIL'}  {site}, {days} days, seed {seed}: {what} {value:.3f} ({least})")
        passed += sum(kept for *_, kept in results)
        failed += sum(not kept for *_, kept in results)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
