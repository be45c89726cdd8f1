#!/usr/bin/env python3
"""What the cadence that `retrain --plan` recommends costs on time that the plan did not see, beside the best one in hindsight.

For each pace of decay and each seed a stream of two years is simulated: families of attacks age `pace` months in one. The plan sees the first 15 months, of
which the first detector learns from five. Hindsight replays the other nine months, where detectors learn from all that was known by then. The ratio is the
cost a day of the recommended cadence and window, over the least of all cadences and windows, both on those nine months. Prints a table as Markdown, and each seed as JSON into OUT.

    bench/cadence.py PATH/TO/ringtrue OUT [--paces 1,4] [--first 1] [--seeds 10]
"""

import argparse
import json
import pathlib
import subprocess
import sys

MONTHS, EVENTS = 24, 40_000
CADENCES = "14,28,56,112,never"
TASK = """format = 1
name = "links"
kind = "url"
[costs]
false_positive = 100
false_negative = 1000
review = 5
[traffic]
events_per_day = 55
malicious_share = 0.05
[capacity]
alerts_per_day = 5
"""
SEEN_UNTIL = "2025-04-01"


def called(words):
    ran = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if ran.returncode not in (0, 3):
        sys.exit(ran.stderr)
    return ran.stdout


def plan(program, at, events, *more):
    words = [program, "retrain", "--plan", "--task", at / "task.toml", "--cadences", CADENCES, "--json", *more, events]
    return json.loads(called(words))


def key(line):
    return line["cadence_days"], line["window_days"]


def name(key):
    cadence, window = key
    return "%s, %s" % ("never" if cadence is None else "%d d" % cadence, "all" if window is None else "%d d" % window)


def one(program, at, pace, seed):
    kept = at / ("%s-%d.json" % (pace, seed))
    if kept.exists():
        return json.loads(kept.read_text())
    events = at / "events.csv"
    called([program, "simulate", "url", "--months", MONTHS, "--events", EVENTS, "--seed", seed, "--pace", pace, "--out", events])
    foreseen = plan(program, at, events, "--until", SEEN_UNTIL)
    hindsight = plan(program, at, events, "--from", SEEN_UNTIL)
    costs = {name(key(line)): line["cost_a_day"]["value"] for line in hindsight["cadences"]}
    best = min(costs, key=costs.get)
    found = {"pace": pace, "seed": seed, "best": best, "costs": costs, "recommended": None, "ratio": None}
    if foreseen["recommended"]:
        found["recommended"] = name(key(foreseen["recommended"]))
        found["interval"] = foreseen["recommended"]["cost_a_day"]
        found["ratio"] = costs[found["recommended"]] / costs[best]
    kept.write_text(json.dumps(found))
    return found


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("out", type=pathlib.Path)
    arguments.add_argument("--paces", default="1,4")
    arguments.add_argument("--first", type=int, default=1)
    arguments.add_argument("--seeds", type=int, default=10)
    given = arguments.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "task.toml").write_text(TASK)
    print("| pace | cost of the recommended over the best in hindsight, mean | largest | within 5 % | recommended | best in hindsight |")
    print("|---|---|---|---|---|---|")
    for pace in given.paces.split(","):
        found = [one(given.program, given.out, pace, seed) for seed in range(given.first, given.first + given.seeds)]
        ratios = [it["ratio"] for it in found if it["ratio"]]
        counted = lambda what: "; ".join("%s: %d" % (it, n) for it, n in tally(found, what))
        print("| %s | %.3f | %.3f | %d of %d | %s | %s |" % (pace, sum(ratios) / len(ratios), max(ratios), sum(it <= 1.05 for it in ratios), len(found),
              counted("recommended"), counted("best")), flush=True)


def tally(found, what):
    counts = {}
    for it in found:
        counts[it[what]] = counts.get(it[what], 0) + 1
    return sorted(counts.items(), key=lambda it: (-it[1], str(it[0])))


if __name__ == "__main__":
    main()
