"""Reverse shells that are changed until the detector allows them: how many it still finds, by what the attacker knows.

Trained on clean QuasarNix shells of some families (or 7 of 10 by hash) and four fifths of the benign lines of nl2bash; the last fifth gives the
threshold at FPR 1e-3. The shells that were not trained on are attacked; the attacker borrows from the benign lines that were.

Each split is trained twice: as it is, and hardened with adversarial examples of training shells alone (`run --harden`).

    python evasion.py --data DIR --ringtrue PATH [--rows 1000] [--queries 300] [--seed 1] [--rounds 2]
"""
import json
import os
import tempfile
import zlib

import measure
from commands import CLEAN, HALVES, RATE, bad, fifth, records, write_lines

# What the paper calls hybrid: benign content before the command, and tricks of its domain, each of them once.
HYBRID = "benign-before,renamed-program,flags,address-spelling"


def splits(clean):
    yield "7 of 10 by hash", {line["id"] for line in clean if bad(line) and zlib.crc32(line["command"].encode()) % 10 < 7}
    for half in HALVES:
        yield "trained on " + ", ".join(half), {line["id"] for line in clean if bad(line) and line["family"] in half}


def ways(queries):
    yield "hybrid, blindly", ["--knowledge", "nothing", "--only", HYBRID, "--changes", "4"]
    yield "all attacks, blindly", ["--knowledge", "nothing", "--changes", "4"]
    yield f"all, verdicts, {queries} queries", ["--knowledge", "verdicts", "--queries", str(queries)]
    yield f"hybrid, scores, {queries} queries", ["--knowledge", "scores", "--only", HYBRID, "--queries", str(queries)]
    yield f"all, scores, {queries} queries", ["--knowledge", "scores", "--queries", str(queries)]


def attacked(options, files, way):
    command = [options.ringtrue, "attack", "--detector", files["detector"], "--key", files["key"], "--artefacts", "--json", "--seed", str(options.seed),
               "--threshold-margin", repr(files["threshold"]), "--material", files["material"], *way, files["held"]]
    cost = measure.run(command)
    *rows, closing = [json.loads(line) for line in cost.output.splitlines()]
    queries = sum(row["queries"] for row in rows)
    return closing, queries, cost.cpu_seconds


def trained(rounds):
    yield "as it is", []
    yield f"hardened, {rounds} rounds", ["--harden", "--harden-rounds", str(rounds), "--harden-take", f"adversarial-{rounds}"]


def main():
    options = measure.arguments(__doc__.splitlines()[0], rows=1000, queries=300, seed=1, rounds=2)
    clean = records(options.data, CLEAN)
    benign = [line for line in clean if not bad(line)]
    known, quiet = [line for line in benign if fifth(line)], [line for line in benign if not fifth(line)]
    table = []
    for split, chosen in splits(clean):
        held = sorted((line for line in clean if bad(line) and line["id"] not in chosen), key=lambda line: zlib.crc32(line["command"].encode()))
        with tempfile.TemporaryDirectory() as folder:
            at = {name: os.path.join(folder, name) for name in ("train", "quiet", "held", "material", "key")}
            write_lines(at["train"], known + [line for line in clean if bad(line) and line["id"] in chosen], ("command", "label", "source"))
            write_lines(at["quiet"], quiet, ("command",))
            write_lines(at["material"], known, ("command",))
            write_lines(at["held"], held[:options.rows], ("command", "label", "family"))
            with open(at["key"], "wb") as file:
                file.write(bytes(range(32)))
            for detector, how in trained(options.rounds):
                at["out"] = os.path.join(folder, detector.replace(" ", "-"))
                measure.run([options.ringtrue, "run", "--kind", "command", "--retrain", "0", "--attack-events", "100", "--key", at["key"], *how,
                             "--out", at["out"], at["train"]], expected=(0, 1, 3))
                at["detector"] = os.path.join(at["out"], "detector")
                scored = measure.run([options.ringtrue, "score", "--detector", at["detector"], "--key", at["key"], "--reasons", "0", at["quiet"]])
                margins = sorted((json.loads(line)["margin"] for line in scored.output.splitlines()), reverse=True)
                at["threshold"] = margins[int(RATE * len(margins))]
                for name, way in ways(options.queries):
                    closing, queries, seconds = attacked(options, at, way)
                    start, found = closing["curve"][0]["found"], closing["events"] - closing["evaded"]
                    families = ", ".join(f"{one['name']} {1 - one['evaded'] / one['events']:.3f}" for one in closing["by_family"])
                    table.append([split, detector, name, closing["events"], f"{start / closing['events']:.3f}",
                                  f"{found / closing['events']:.3f}", families, closing["median"]["value"], f"{queries / seconds:,.0f}"])
    measure.table("Shells found at FPR 1e-3 before and after the attack",
                  ["split", "detector", "attack", "shells", "found clean", "found changed", "by family", "median minutes", "queries/CPU s"], table)


if __name__ == "__main__":
    main()
