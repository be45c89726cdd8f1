"""The cheapest change of a row, proven: ringtrue and Veritas on the same models and rows.

    python exact.py --robust FOLDER --ringtrue PROGRAM [--only TEXT] [--seconds 5] [--rows N]

FOLDER holds the reference models, rows and proven distances (its README says how they were made). Every row of every
reference file is attacked by ringtrue, one thread; where Veritas has a search of its own (two-sided, real numbers), it
runs on the same rows, in turn with ringtrue, with the same limit of seconds. Prints a table in Markdown, and stops with
status 1 if a proven distance differs by more than 1e-4.
"""

import argparse
import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

CLOSE = 1e-4


def opened(path):
    return gzip.open(path, "rt") if path.suffix == ".gz" else open(path)


def model_of(robust, name):
    return next(path for path in (robust / "models").iterdir() if path.name.startswith(name + "."))


def ringtrue(program, work, name, lines, problem, robust, seconds):
    """Attacks rows with the program; returns one answer a row."""
    dataset = name.split(".")[0]
    model = work / "model"
    model.write_text(opened(model_of(robust, name)).read())
    header, *rows = lines
    (work / "rows.csv").write_text("\n".join([header.split(",", 1)[1]] + [row.split(",", 1)[1] for row in rows]) + "\n")
    subprocess.run(["rm", "-rf", str(work / "detector")], check=True)
    features = robust / "data" / f"{dataset}.features.csv"
    signals = ["--signals", str(features)] if features.exists() else []
    subprocess.run([program, "import", str(model), *signals, "--out", str(work / "detector")], check=True, capture_output=True)
    words = [program, "attack", "--detector", str(work / "detector"), "--distance", "linf", "--from", "both",
             "--threshold-margin", "0", "--seconds-per-row", str(seconds), "--json"]
    if features.exists():
        words += ["--scale", str(features)]
        table = list(csv.DictReader(open(features)))
        if "integer" in problem:
            words += ["--integer", ",".join(line["feature"] for line in table if line["integer"] == "1")]
        if "upward" in problem:
            words += ["--only-up", ",".join(line["feature"] for line in table if line["attacker_up"] == "1")]
    ran = subprocess.run(words + [str(work / "rows.csv")], check=True, capture_output=True, text=True,
                         env={**os.environ, "RAYON_NUM_THREADS": "1"})
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    infinite = lambda value: float("inf") if value is None else value
    return [(infinite(answer["lower"]), infinite(answer["upper"]), answer["exact"], answer["ms"]) for answer in answers]


class Veritas:
    """Veritas' own search, over trees read without loss (its converters round)."""

    def __init__(self, robust, name, scale):
        import veritas

        os.environ.setdefault("OUT", str(robust))
        sys.path.insert(0, str(robust / "scripts"))
        from common import read_model

        trees, base, _ = read_model(model_of(robust, name))
        self.trees = veritas.AddTree(1, veritas.AddTreeType.CLF_SOFTMAX)
        for tree in trees:
            made = self.trees.add_tree()
            open_nodes = [(0, made.root())]
            while open_nodes:
                node, place = open_nodes.pop()
                if tree["left"][node] < 0:
                    made.set_leaf_value(place, 0, float(tree["leaf"][node]))
                    continue
                feature = int(tree["feat"][node])
                made.split(place, feature, float(tree["thr"][node]) / scale[feature])
                open_nodes += [(int(tree["right"][node]), made.right(place)), (int(tree["left"][node]), made.left(place))]
        self.trees.set_base_score(0, base)
        splits = self.trees.get_splits()
        self.farthest = lambda row: max(abs(cut - row[feature]) for feature, cuts in splits.items() for cut in cuts)

    def search(self, row, malicious, is_scaled, seconds):
        import math
        import numpy
        from veritas.robustness import VeritasRobustnessSearch

        start = max(1.0, 2.0 ** math.ceil(math.log2(self.farthest(row) + 1e-9))) if is_scaled else 1.0
        source, target = (self.trees, None) if malicious else (None, self.trees)
        began = time.perf_counter()
        search = VeritasRobustnessSearch(numpy.array(row), start, source_at=source, target_at=target,
                                         num_steps=24 if is_scaled else 14, max_time=seconds, silent=True, mem_capacity=2 << 30)
        _, lower, upper = search.search()
        return lower, upper, (time.perf_counter() - began) * 1e3


def check(reference, ours):
    """Returns whether a row's answer agrees with the reference, and whether its lower bound is higher."""
    low, high = float(reference["linf_lower"]), float(reference["linf_upper"])
    lower, upper, exact, _ = ours
    agrees = lower <= high + CLOSE and upper >= low - CLOSE
    if exact and reference["exact"] == "1" and low < float("inf"):
        agrees = agrees and abs(upper - high) <= CLOSE
    return agrees, lower > low + CLOSE


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--robust", type=Path, required=True)
    arguments.add_argument("--ringtrue", required=True)
    arguments.add_argument("--only", default="", help="files whose name holds this text")
    arguments.add_argument("--seconds", type=float, default=5.0)
    arguments.add_argument("--rows", type=int, default=10**9)
    arguments.add_argument("--veritas-rows", type=int, default=10**9, help="rows of a file that Veritas runs on, at most")
    given = arguments.parse_args()
    print("| model | problem | rows | proven, ringtrue | proven, reference | higher lower bounds | median ms, ringtrue "
          "| slowest ms | median ms, Veritas | times faster | Veritas' upper below the minimum |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    wrong = 0
    for path in sorted((given.robust / "reference").glob("linf.*.csv")):
        if given.only not in path.name:
            continue
        parts = path.name.split(".")[1:-1]
        problem = [part for part in parts if part in ("integer", "upward")]
        name = ".".join(part for part in parts if part not in problem)
        references = list(csv.DictReader(open(path)))[: given.rows]
        all_lines = opened(given.robust / "data" / f"{parts[0]}.test.csv.gz").read().splitlines()
        lines = [all_lines[0]] + [all_lines[1 + int(reference["row"])] for reference in references]
        with tempfile.TemporaryDirectory() as work:
            ours = ringtrue(given.ringtrue, Path(work), name, lines, problem, given.robust, given.seconds)
        assert len(ours) == len(references)
        checked = [check(reference, answer) for reference, answer in zip(references, ours)]
        wrong += sum(not agrees for agrees, _ in checked)
        theirs, below = [], 0
        if not problem:
            features = given.robust / "data" / f"{parts[0]}.features.csv"
            scale = [float(line["scale"]) for line in csv.DictReader(open(features))] if features.exists() else None
            width = len(lines[0].split(",")) - 1
            veritas = Veritas(given.robust, name, scale or [1.0] * width)
            rows = [[float(value) for value in line.split(",")[1:]] for line in lines[1:]]
            for reference, row, answer in list(zip(references, rows, ours))[: given.veritas_rows]:
                row = [value / unit for value, unit in zip(row, scale or [1.0] * width)]
                found = veritas.search(row, float(reference["raw_margin"]) > 0, scale is not None, given.seconds)
                theirs.append(found[2])
                below += answer[2] and found[1] < answer[0] - 2e-4
        times = [answer[3] for answer in ours]
        fields = [name, " ".join(["two-sided" if "upward" not in problem else "upward"] + [part for part in problem if part == "integer"]),
                  len(ours), sum(answer[2] for answer in ours), sum(reference["exact"] == "1" for reference in references),
                  sum(higher for _, higher in checked), f"{median(times):.3f}", f"{max(times):.1f}"]
        fields += [f"{median(theirs):.1f}", f"{median(theirs) / median(times):.0f}", below] if theirs else ["", "", ""]
        print("| " + " | ".join(map(str, fields)) + " |", flush=True)
    print(f"\nanswers that differ from the reference: {wrong}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
