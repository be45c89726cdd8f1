"""Which kind of change `watch` answers where one is planted, on real sessions: attackers of two honeypots among commands of Linux users.

For each seed: a detector learns benign sessions (nl2bash) and attackers' ones of one honeypot (HaaS), without the family that starts later; each
planted window holds other sessions of both, of which no other change is known, and one change. Benign sessions have no times, so that everybody gets
made-up ones; the new family is one that another honeypot (Cowrie) saw from 2020-01-23 on. A prober changes one attacker's session a
little, asks the detector for each score, and sends those that score nearest to the block threshold.

    python watch_kinds.py --data DIR --ringtrue PATH [--seeds 1,2,3,4,5]
"""
import gzip
import json
import math
import os
import random
import tempfile
from collections import Counter

import measure

TASK = """format = 1
name = "attackers' sessions"
kind = "session"
question = "Does an attacker type here?"
[costs]
currency = "points"
false_positive = 10
false_negative = 100
review = 1
[traffic]
events_per_day = 1000
malicious_share = 0.1
[capacity]
alerts_per_day = 200
"""
NEW = ("mdrfckr", "var03522123")  # what only the new family types
BENIGN, MALICIOUS = 2_000, 220  # sessions of a window
COPIES = 120
PLANTED = ("nothing", "class mix", "benign population", "new family", "pipeline", "probing")


def lines(data, name):
    """The lines of one of the data files."""
    with gzip.open(measure.find(data, name), "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def sessions(data):
    """Lists of commands: benign, the known attackers', the new family's, and single benign commands of another population."""
    told = [(line["label"], line["session_text"].rstrip(" ;").split(" ; ")) for line in lines(data, "sess_logprecis.jsonl.gz")]
    known = [commands for label, commands in told if label == 1 and not any(word in " ".join(commands) for word in NEW)]
    family = [line["commands"] for line in lines(data, "sess_cowrie_2019_2020.jsonl.gz") if line["family"] == "mdrfckr_outlaw"]
    others = [line["command"] for line in lines(data, "cmd_lines.jsonl.gz") if line["source"] == "tldr"]
    return [commands for label, commands in told if label == 0], known, family, others


def event(draw, commands, label, begin, days):
    """A session somewhere in the days after 2019-10-01, seen by one of two collectors."""
    second = (begin + draw.random() * days) * 86_400
    time = f"2019-{10 + int(second // 86_400) // 28:02}-{1 + int(second // 86_400) % 28:02}T{int(second) % 86_400 // 3600:02}:{int(second) % 3600 // 60:02}:{int(second) % 60:02}Z"
    return {"time": time, "commands": commands, "label": "malicious" if label else "benign", "source": draw.choice(["edge", "core"])}


def write(path, events):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in events)
    return path


def probes(ringtrue, detector, at, draw, known, others, folder):
    """Near-copies of one attacker's session on both sides of the threshold; `None` if no session tried has enough."""
    logit = lambda score: math.log((score + 1e-9) / (1 + 1e-9 - score))
    for base in draw.sample([commands for commands in known if 3 <= len(commands) and 300 < len(" ".join(commands)) < 2_000], 40):
        tried = []
        for _ in range(600):
            commands = list(base)
            for _ in range(draw.randrange(1, 5)):
                commands.insert(draw.randrange(len(commands) + 1), draw.choice(others)[:40])
            tried.append(commands)
        path = write(os.path.join(folder, "probes.ndjson"), [event(draw, commands, 1, 56, 20) for commands in tried])
        scores, _ = measure.scores(ringtrue, detector, path)
        found = sorted(zip((logit(score) - logit(at) for score in scores), tried), key=lambda pair: abs(pair[0]))
        sides = [[commands for far, commands in found if (far >= 0) == above][:COPIES // 2] for above in (False, True)]
        if all(len(side) == COPIES // 2 for side in sides):
            return sides[0] + sides[1]
    return None


def one(options, seed, pools, folder):
    """The answers of one seed, by what was planted."""
    draw = random.Random(seed)
    benign, known, family, others = (draw.sample(pool, len(pool)) for pool in pools)
    history = [event(draw, commands, 0, 0, 56) for commands in benign[:8_000]] + [event(draw, commands, 1, 0, 56) for commands in known[:890]]
    task, out = os.path.join(folder, "task.toml"), os.path.join(folder, "out")
    with open(task, "w", encoding="utf-8") as file:
        file.write(TASK)
    path = write(os.path.join(folder, "history.ndjson"), sorted(history, key=lambda line: line["time"]))
    measure.run([options.ringtrue, "run", "--task", task, "--seed", str(seed), "--retrain", "0", "--out", out, path], expected=(0, 1, 3))
    detector = os.path.join(out, "detector")
    answers, at = {}, None
    for planted in PLANTED:
        window = [event(draw, commands, 0, 56, 20) for commands in draw.sample(benign[8_000:], BENIGN)]
        attackers = MALICIOUS * (4 if planted == "class mix" else 1)
        window += [event(draw, commands, 1, 56, 20) for commands in draw.sample(known[890:], attackers)]
        if planted == "benign population":
            for line in window[:BENIGN // 2]:
                line["commands"] = draw.sample(others, draw.randrange(2, 6))
        if planted == "new family":
            window += [event(draw, commands, 1, 56, 20) for commands in draw.sample(family, COPIES)]
        if planted == "pipeline":
            window = [line for line in window if line["source"] == "edge"]
        if planted == "probing":
            copies = probes(options.ringtrue, detector, at, draw, known[890:], others, folder)
            if copies is None:
                answers[planted] = ("nothing to plant", None)
                continue
            window += [event(draw, commands, 1, 56, 20) for commands in copies]
        path = write(os.path.join(folder, "window.ndjson"), window)
        told = json.loads(measure.run([options.ringtrue, "watch", "--detector", detector, "--window", "100000", "--json", path], expected=(0, 1, 3)).output)
        at = told["at"]
        found = told["windows"][0]
        moved = [monitor["name"] for monitor in found["monitors"] if monitor["state"] in ("warning", "drift")]
        answers[planted] = (found["kind"] or found["state"], moved)
        print(f"seed {seed}, planted {planted}: {found['state']}, {found['kind']}: {', '.join(moved)}", flush=True)
    return answers


def main():
    options = measure.arguments(__doc__.splitlines()[0], seeds="1,2,3,4,5")
    pools, counts = sessions(options.data), {planted: Counter() for planted in PLANTED}
    for seed in options.seeds.split(","):
        with tempfile.TemporaryDirectory() as folder:
            for planted, (answer, _) in one(options, int(seed), pools, folder).items():
                counts[planted][answer] += 1
    kinds = ["steady", "class_mix", "benign_population", "new_family", "pipeline", "probing", "cannot_tell"]
    measure.table("Windows by what was planted and what was answered", ["planted", *kinds],
                  [[planted, *(counts[planted][kind] or "" for kind in kinds)] for planted in PLANTED])


if __name__ == "__main__":
    main()
