"""How often `watch` raises an alarm where nothing changed: random halves of real events, one as the reference and the other as the window.

Links: PhishTank and dated benign links; a detector learns those of 2018-11 to 2019-03, the halves are of 2019-04 to 2019-06, with the copies and campaigns
that came in. Sessions: attackers of a honeypot (HaaS) and Linux users (nl2bash), a third of which the detector learns.

    python watch_halves.py --data DIR --ringtrue PATH [--halves 100]
"""
import json
import os
import random
import tempfile
from collections import Counter

import measure
import watch_kinds

LINKS = 12_000  # of a class, drawn for the detector; half as many for the halves


def links(data, draw):
    """Dated links that are learnt, and those that are halved."""
    drawn = []
    for begin, end, most in (("2018-11", "2019-04", LINKS), ("2019-04", "2019-07", LINKS // 2)):
        chosen = []
        for name in ("phishtank_2008_2021.csv.gz", "benign_links_dated_2006_2021.csv.gz"):
            # Benign links of one year are few, and those of a few years tell how benign ones look.
            first = begin if name.startswith("phishtank") else {"2018-11": "2014", "2019-04": "2019-04"}[begin]
            found = [row for row in measure.rows(measure.find(data, name)) if first <= row["first_seen"] < end]
            chosen += draw.sample(found, min(most, len(found)))
        drawn.append([{"url": row["url"], "time": row["first_seen"], "label": "benign" if row["label"] == "benign" else "malicious"} for row in chosen])
    return drawn


def sessions(data, draw):
    """Sessions that are learnt, and those that are halved; times are made up."""
    benign, known, *_ = (draw.sample(pool, len(pool)) for pool in watch_kinds.sessions(data))
    told = [watch_kinds.event(draw, commands, label, 0, 56) for label, pool in ((0, benign), (1, known)) for commands in pool]
    draw.shuffle(told)
    return told[:len(told) // 3], told[len(told) // 3:]


def main():
    options = measure.arguments(__doc__.splitlines()[0], halves=100)
    lines = []
    for kind, staged in (("url", links), ("session", sessions)):
        draw = random.Random(1)
        learnt, halved = staged(options.data, draw)
        states, moved = Counter(), Counter()
        with tempfile.TemporaryDirectory() as folder:
            task, out = os.path.join(folder, "task.toml"), os.path.join(folder, "out")
            with open(task, "w", encoding="utf-8") as file:
                file.write(watch_kinds.TASK.replace('kind = "session"', f'kind = "{kind}"'))
            path = watch_kinds.write(os.path.join(folder, "learnt.ndjson"), sorted(learnt, key=lambda line: line["time"]))
            measure.run([options.ringtrue, "run", "--task", task, "--retrain", "0", "--out", out, path], expected=(0, 1, 3))
            for _ in range(options.halves):
                draw.shuffle(halved)
                before, now = (watch_kinds.write(os.path.join(folder, f"{name}.ndjson"), half)
                               for name, half in (("before", halved[::2]), ("now", halved[1::2])))
                told = json.loads(measure.run([options.ringtrue, "watch", "--detector", os.path.join(out, "detector"), "--reference", before,
                                               "--window", "1000000", "--json", now], expected=(0, 1, 3)).output)
                [window] = told["windows"]
                states[window["state"]] += 1
                moved.update(monitor["name"] for monitor in window["monitors"] if monitor["state"] in ("warning", "drift"))
        lines.append((kind, len(halved), states["steady"], states["warning"], states["drift"], ", ".join(f"{name} {count}" for name, count in moved.items())))
        print(lines[-1], flush=True)
    measure.table("Random halves", ["events", "both halves", "steady", "warning", "drift", "monitors"], lines)


if __name__ == "__main__":
    main()
