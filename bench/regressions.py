#!/usr/bin/env python3
"""Retrains a URL detector month by month under three policies and compares each detector with the one before it.

PhishTank's dense year (2018-10-25 to 2019-10-26) beside dated benign links. At the start of each month a detector is
trained on what was known by then and judged on that month, together with the detector of the month before:

    all     every event so far
    window  malicious events of the last three months
    recent  malicious events of the last month

Benign links, of which a month holds few, are those of the last five years in every policy. Prints a table of flips by
target brand for each policy, as Markdown.

    RINGTRUE_DATA=... bench/regressions.py PATH/TO/ringtrue OUT [--every 8]

Nothing is drawn at random: `--every` takes each so-manieth phishing event, in order of time.
"""

import argparse
import collections
import csv
import gzip
import json
import os
import pathlib
import subprocess
import sys

MONTHS = ["2019-%02d-01" % month for month in range(2, 11)]
POLICIES = {"all": 120, "window": 3, "recent": 1}
TASK = """format = 1
name = "links"
kind = "url"
[columns]
time = "first_seen"
family = "kind"
"""


def back(day, months):
    year, month = int(day[:4]), int(day[5:7]) - months
    while month < 1:
        year, month = year - 1, month + 12
    return "%04d-%02d-01" % (year, month)


def rows(folder, every):
    """Returns the events as (time, label, brand, url), in order of time."""
    found = []
    with gzip.open(folder / "url/phishtank_2008_2021.csv.gz", "rt", newline="") as file:
        dense = [row for row in csv.DictReader(file) if "2018-10-25" <= row["first_seen"][:10] <= "2019-10-26"]
    dense.sort(key=lambda row: (row["first_seen"], row["url"]))
    found += [(row["first_seen"], "phishing", row["kind"], row["url"]) for row in dense[::every]]
    with gzip.open(folder / "url/benign_links_dated_2006_2021.csv.gz", "rt", newline="") as file:
        links = [row for row in csv.DictReader(file) if "2014-06-01" <= row["first_seen"][:10] < "2019-11-01"]
    found += [(row["first_seen"], "benign", "", row["url"]) for row in links]
    return sorted(found)


def write(path, events):
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["first_seen", "label", "kind", "url"])
        out.writerows(events)


def train(program, at, policy, day, events):
    out = at / policy / day
    if (out / "detector/manifest.json").exists():
        return out / "detector"
    out.mkdir(parents=True, exist_ok=True)
    first, last = back(day, POLICIES[policy]), back(day, -1)
    used = [event for event in events if event[0] < last and (event[1] == "benign" or event[0] >= first)]
    write(out / "events.csv", used)
    words = [program, "run", "--task", at / "task.toml", "--train-before", day, "--retrain", "0", "--out", out, out / "events.csv"]
    ran = subprocess.run(words, capture_output=True, text=True)
    if ran.returncode not in (0, 1):
        sys.exit(ran.stderr)
    return out / "detector"


def gate(program, at, policy, old, new, day, events):
    judged = at / policy / day / "judged.csv"
    write(judged, [event for event in events if day <= event[0] < back(day, -1)])
    words = [program, "gate", new, "--against", old, "--on", judged, "--json"]
    ran = subprocess.run(words, capture_output=True, text=True)
    if ran.returncode not in (0, 1, 3):
        sys.exit(ran.stderr)
    return json.loads(ran.stdout)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("out", type=pathlib.Path)
    arguments.add_argument("--every", type=int, default=1)
    arguments.add_argument("--train-only", action="store_true")
    given = arguments.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "task.toml").write_text(TASK)
    events = rows(pathlib.Path(os.environ["RINGTRUE_DATA"]), given.every)
    summary, brands = {}, {}
    for policy in POLICIES:
        detectors = [(day, train(given.program, given.out, policy, day, events)) for day in MONTHS]
        if given.train_only:
            continue
        sums, by_brand = collections.Counter(), collections.defaultdict(collections.Counter)
        for (_, old), (day, new) in zip(detectors, detectors[1:]):
            report = gate(given.program, given.out, policy, old, new, day, events)
            compared = report["comparison"]
            sums.update(compared["counts"])
            sums["events"] += compared["judged"]["malicious"] + compared["judged"]["benign"]
            # The gate's answer on what was measured: that vetting calls PhishTank with these links unfit is another matter.
            answers = [check["passed"] for check in report["checks"] if check["code"] != "G001"]
            sums["gate: " + ("refuse" if False in answers else "cannot_tell" if None in answers else "pass")] += 1
            if compared["cost_difference"]:
                sums["cost"] += compared["cost_difference"]["value"]
            for part in compared["by_family"]:
                by_brand[part["name"]].update(part["counts"])
                by_brand[part["name"]]["events"] += part["events"]
        summary[policy], brands[policy] = sums, by_brand
    if not given.train_only:
        tell(summary, brands)


def tell(summary, brands):
    print("| policy | events | newly missed | newly caught | newly blocked in error | newly released | gates: pass, cannot tell, refuse |")
    print("|---|---|---|---|---|---|---|")
    for policy, sums in summary.items():
        answers = ", ".join(str(sums["gate: " + word]) for word in ("pass", "cannot_tell", "refuse"))
        print("| %s | %d | %d | %d | %d | %d | %s |" % (policy, sums["events"], sums["newly_missed"], sums["newly_caught"],
              sums["newly_blocked_in_error"], sums["newly_released"], answers))
    print()
    total = collections.Counter()
    for by_brand in brands.values():
        for name, counts in by_brand.items():
            total[name] = max(total[name], counts["events"])
    print("| target brand | events | " + " | ".join("%s: missed / caught" % policy for policy in brands) + " |")
    print("|---|---|" + "---|" * len(brands))
    for name, events in sorted(total.items(), key=lambda it: (-it[1], it[0]))[:25]:
        cells = ["%d / %d" % (brands[policy][name]["newly_missed"], brands[policy][name]["newly_caught"]) for policy in brands]
        print("| %s | %d | %s |" % (name.replace("|", " "), events, " | ".join(cells)))


if __name__ == "__main__":
    main()
