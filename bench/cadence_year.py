#!/usr/bin/env python3
"""What each cadence would have cost over PhishTank's dense year, beside dated benign links: `retrain --plan` on 2019-02 to 2019-10.

Events are those of `regressions.py`; a mistake costs what it costs in `simulate --loop`. Nobody says when these labels were known: two days are
assumed. Prints the table as Markdown.

    RINGTRUE_DATA=... bench/cadence_year.py PATH/TO/ringtrue OUT [--every 4]
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

from regressions import rows, write

TASK = """format = 1
name = "links"
kind = "url"
[columns]
time = "first_seen"
family = "kind"
[costs]
false_positive = 100
false_negative = 1000
review = 5
[traffic]
events_per_day = 10000
malicious_share = 0.05
[capacity]
alerts_per_day = 100
"""


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("out", type=pathlib.Path)
    arguments.add_argument("--every", type=int, default=4)
    given = arguments.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "task.toml").write_text(TASK)
    events = rows(pathlib.Path(os.environ["RINGTRUE_DATA"]), given.every)
    write(given.out / "events.csv", events)
    words = [given.program, "retrain", "--plan", "--task", given.out / "task.toml", "--label-delay", "2", "--json",
             "--from", "2019-02-01", "--until", "2019-10-27", "--cadences", "7,14,28,56,112,never", "--windows", "30,90,365,all", given.out / "events.csv"]
    ran = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if ran.returncode not in (0, 3):
        sys.exit(ran.stderr)
    (given.out / "plan.json").write_text(ran.stdout)
    tell(json.loads(ran.stdout))


def tell(plan):
    days = lambda value, other: other if value is None else "%d days" % value
    ends = lambda it: "%s (%s to %s)" % tuple("{:,.0f}".format(it[end]) for end in ("value", "low", "high"))
    print("%s; %s; %d benign, %d malicious" % (plan["from"], plan["why"], plan["events"]["benign"], plan["events"]["malicious"]))
    print()
    print("| trained every | on | trainings | cost a day | more than the recommended | median days to protect | let through meanwhile, a family | new families | never caught |")
    print("|---|---|---|---|---|---|---|---|---|")
    for line in plan["cadences"]:
        more = ends(line["more_a_day"]) if line["more_a_day"] else ""
        protect = "" if line["days_to_protect"] is None else "%.1f" % line["days_to_protect"]
        told = "" if line["told"] else ", too rare to tell"
        print("| %s | %s | %d%s | %s | %s | %s | %s | %d | %d |" % (days(line["cadence_days"], "never"), days(line["window_days"], "all"), line["trainings"], told,
              ends(line["cost_a_day"]), more, protect, "" if line["passed_a_family"] is None else "%.1f" % line["passed_a_family"], line["families"], line["families_never_caught"]))


if __name__ == "__main__":
    main()
