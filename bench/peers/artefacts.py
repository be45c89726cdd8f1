"""Changed sessions and mails that `attack --artefacts` scores a CPU second, on one thread.

    python artefacts.py --data DIR --ringtrue PATH [--queries 200]

Detectors are what `run` recommends on a sample of the same corpus. Nothing reaches the threshold, so that each event costs every question; what
an attack of one question costs (reading, the questions themselves aside) is taken off.
"""
import gzip
import json
import os
import random
import tempfile

import measure

SAMPLED = 2000


def lines(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def written(folder, name, events):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(event) + "\n" for event in events)
    return path


def cases(data, folder):
    """(what, kind, what is trained on, what is attacked, what is borrowed from)."""
    draw = random.Random(1)
    sample = lambda events: draw.sample(events, min(SAMPLED, len(events)))
    sessions = [{"commands": line["session_text"], "label": int(line["label"])}
                for line in lines(measure.find(data, "sess_logprecis.jsonl.gz"))]
    bad, good = ([one for one in sessions if one["label"] == label] for label in (1, 0))
    trained = written(folder, "sessions.ndjson", sample(bad) + sample(good))
    borrowed = written(folder, "benign_sessions.ndjson", good[:300])
    yield "sessions of LogPrecis", "session", trained, written(folder, "logprecis.ndjson", bad[:300]), borrowed
    cowrie = [{"commands": line["commands"], "label": 1} for line in lines(measure.find(data, "sess_cowrie_2019_2020.jsonl.gz"))]
    longer = [one for one in cowrie if len(one["commands"]) > 3]
    yield "sessions of Cowrie", "session", trained, written(folder, "cowrie.ndjson", longer[:300]), borrowed
    mails = [{key: line[key] for key in ("id", "label", "date", "raw", "enc") if key in line}
             for line in lines(measure.find(data, "email_spamassassin_2002.jsonl.gz"))]
    spam, ham = ([one for one in mails if one["label"] == label] for label in ("spam", "ham"))
    trained = written(folder, "mails.ndjson", sample(spam) + sample(ham))
    yield "mails of SpamAssassin", "email", trained, written(folder, "spam.ndjson", spam[:150]), written(folder, "ham.ndjson", ham[:300])


def main():
    options = measure.arguments(__doc__.splitlines()[0], queries=200)
    os.environ["RAYON_NUM_THREADS"] = "1"
    print("| artefacts | scored | CPU seconds | a CPU second |\n|---|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        for what, kind, trained, attacked, borrowed in cases(options.data, folder):
            out = os.path.join(folder, kind)
            if not os.path.isdir(out):
                measure.run([options.ringtrue, "run", "--kind", kind, "--retrain", "0", "--attack-events", "0", "--out", out, trained],
                            expected=(0, 1, 3))
            detector = os.path.join(out, "detector")
            costs = [measure.run([options.ringtrue, "attack", "--artefacts", "--json", "--detector", detector, "--threshold-margin", "-60", "--queries",
                                  str(queries), "--seed", "7", "--material", borrowed, attacked]) for queries in (1, options.queries)]
            told = [json.loads(line) for line in costs[1].output.splitlines()]
            scored = sum(line.get("queries", 0) for line in told)
            seconds = costs[1].cpu_seconds - costs[0].cpu_seconds
            print(f"| {what} | {scored} | {seconds:.1f} | {scored / seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
