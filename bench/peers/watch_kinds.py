"""Which kind of change `watch` answers where one is planted, on real sessions: attackers of two honeypots among commands of Linux users.

For each seed: a detector learns benign sessions (nl2bash) and attackers' ones of one honeypot (HaaS), without the family that starts later; each
planted window holds other sessions of both, of which no other change is known, and one change:

- class mix: four times as many attackers;
- benign habits, examples and scripts: half of the benign sessions are made of commands from tldr-pages, or from shell scripts;
- new family: 120 sessions of one that another honeypot (Cowrie) saw from 2020-01-23 on;
- quiet source: nothing comes from one of two collectors any more;
- lost field: one of two collectors no longer tells how many bytes were sent and received (network connections of NSL-KDD: sessions have no field that
  most of them fill);
- probing: somebody changes one attacker's session a little, asks the detector for each score, and sends the 120 that score nearest to the block
  threshold, half of them below it.

Benign sessions have no times, so that everybody gets made-up ones.

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
PLANTED = ("nothing", "class mix", "benign habits, examples", "benign habits, scripts", "new family", "quiet source", "probing")
LOST = "lost field"


def lines(data, name):
    """The lines of one of the data files."""
    with gzip.open(measure.find(data, name), "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def sessions(data):
    """Lists of commands: benign, the known attackers', the new family's, and single benign commands of two other populations."""
    told = [(line["label"], line["session_text"].rstrip(" ;").split(" ; ")) for line in lines(data, "sess_logprecis.jsonl.gz")]
    known = [commands for label, commands in told if label == 1 and not any(word in " ".join(commands) for word in NEW)]
    family = [line["commands"] for line in lines(data, "sess_cowrie_2019_2020.jsonl.gz") if line["family"] == "mdrfckr_outlaw"]
    others = [(line["source"], line["command"]) for line in lines(data, "cmd_lines.jsonl.gz")]
    examples, scripts = ([command for source, command in others if source == name] for name in ("tldr", "oss_scripts"))
    return [commands for label, commands in told if label == 0], known, family, examples, scripts


def event(draw, commands, label, begin, days):
    """A session somewhere in the days after 2019-10-01, seen by one of two collectors."""
    second = (begin + draw.random() * days) * 86_400
    time = f"2019-{10 + int(second // 86_400) // 28:02}-{1 + int(second // 86_400) % 28:02}T{int(second) % 86_400 // 3600:02}:{int(second) % 3600 // 60:02}:{int(second) % 60:02}Z"
    return {"time": time, "commands": commands, "label": "malicious" if label else "benign", "source": draw.choice(["edge", "core"])}


def write(path, events):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in events)
    return path


def probes(ringtrue, detector, at, draw, known, examples, folder):
    """Near-copies of one attacker's session on both sides of the threshold; `None` if no session tried has enough."""
    logit = lambda score: math.log((score + 1e-9) / (1 + 1e-9 - score))
    for base in draw.sample([commands for commands in known if 3 <= len(commands) and 300 < len(" ".join(commands)) < 2_000], 40):
        tried = []
        for _ in range(600):
            commands = list(base)
            for _ in range(draw.randrange(1, 3)):
                commands.insert(draw.randrange(len(commands) + 1), draw.choice(examples)[:40])
            tried.append(commands)
        path = write(os.path.join(folder, "probes.ndjson"), [event(draw, commands, 1, 56, 20) for commands in tried])
        scores, _ = measure.scores(ringtrue, detector, path)
        found = sorted(zip((logit(score) - logit(at) for score in scores), tried), key=lambda pair: abs(pair[0]))
        sides = [[commands for far, commands in found if (far >= 0) == above][:COPIES // 2] for above in (False, True)]
        if all(len(side) == COPIES // 2 for side in sides):
            return sides[0] + sides[1]
    return None


def learn(options, task, path, folder, seed):
    """The folder of a detector that learnt the events of this file."""
    out = path + ".out"
    measure.run([options.ringtrue, "run", "--task", task, "--seed", str(seed), "--retrain", "0", "--out", out, path], expected=(0, 1, 3))
    return os.path.join(out, "detector")


def watched(options, seed, planted, detector, path):
    """The answer to a window in which this was planted, and the block threshold."""
    told = json.loads(measure.run([options.ringtrue, "watch", "--detector", detector, "--window", "100000", "--json", path], expected=(0, 1, 3)).output)
    [found] = told["windows"]
    moved = [monitor["name"] for monitor in found["monitors"] if monitor["state"] in ("warning", "drift")]
    print(f"seed {seed}, planted {planted}: {found['state']}, {found['kind']}: {', '.join(moved)}", flush=True)
    return found["kind"] or found["state"], told["at"]


def lost(options, seed, folder):
    """The answer where a field of half of the events is lost."""
    table = random.Random(seed).sample(list(measure.rows(measure.find(options.data, "nsl_kdd_train.csv.gz"))), 6_000)
    window = [{**row, "src_bytes": "", "dst_bytes": ""} if number % 2 else row for number, row in enumerate(table[4_000:])]
    paths = [os.path.join(folder, f"{name}.csv") for name in ("learnt", "lost")]
    for path, rows in zip(paths, (table[:4_000], window)):
        measure.write_rows(path, list(table[0]), rows)
    task = os.path.join(os.path.dirname(os.path.abspath(__file__)), "nsl.toml")
    return watched(options, seed, LOST, learn(options, task, paths[0], folder, seed), paths[1])[0]


def one(options, seed, pools, folder):
    """The answers of one seed, by what was planted."""
    draw = random.Random(seed)
    benign, known, family, examples, scripts = (draw.sample(pool, len(pool)) for pool in pools)
    history = [event(draw, commands, 0, 0, 56) for commands in benign[:8_000]] + [event(draw, commands, 1, 0, 56) for commands in known[:890]]
    task, path = os.path.join(folder, "task.toml"), os.path.join(folder, "history.ndjson")
    with open(task, "w", encoding="utf-8") as file:
        file.write(TASK)
    detector = learn(options, task, write(path, sorted(history, key=lambda line: line["time"])), folder, seed)
    answers, at = {}, None

    def usual(attackers=MALICIOUS):
        return ([event(draw, commands, 0, 56, 20) for commands in draw.sample(benign[8_000:], BENIGN)]
                + [event(draw, commands, 1, 56, 20) for commands in draw.sample(known[890:], attackers)])

    for planted in PLANTED:
        window = usual(MALICIOUS * (4 if planted == "class mix" else 1))
        if planted.startswith("benign habits"):
            for line in window[:BENIGN // 2]:
                line["commands"] = draw.sample(examples if planted.endswith("examples") else scripts, draw.randrange(2, 6))
        if planted == "new family":
            window += [event(draw, commands, 1, 56, 20) for commands in draw.sample(family, COPIES)]
        if planted == "quiet source":
            window = [line for line in window if line["source"] == "edge"]
        if planted == "probing":
            copies = probes(options.ringtrue, detector, at, draw, known[890:], examples, folder)
            if copies is None:
                answers[planted] = "not planted"
                continue
            window += [event(draw, commands, 1, 56, 20) for commands in copies]
        answers[planted], at = watched(options, seed, planted, detector, write(os.path.join(folder, "window.ndjson"), window))
    return answers


def main():
    options = measure.arguments(__doc__.splitlines()[0], seeds="1,2,3,4,5")
    planted = (*PLANTED, LOST)
    pools, counts = sessions(options.data), {name: Counter() for name in planted}
    for seed in options.seeds.split(","):
        with tempfile.TemporaryDirectory() as folder:
            answers = {**one(options, int(seed), pools, folder), LOST: lost(options, int(seed), folder)}
            for name, answer in answers.items():
                counts[name][answer] += 1
    kinds = ["steady", "class_mix", "benign_population", "new_family", "pipeline", "probing", "cannot_tell", "not planted"]
    measure.table("Windows by what was planted and what was answered", ["planted", *kinds],
                  [[name, *(counts[name][kind] or "" for kind in kinds)] for name in planted])


if __name__ == "__main__":
    main()
