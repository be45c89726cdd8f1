"""Linux commands: ringtrue beside both rivals of the peer kit, on the same rows, in one run.

A: one malicious source is left out of the training; judged on that source and on 30 % of the benign rows, split by hash as the kit
splits them. B: one benign source is left out as well, and all of it is judged. C: trained on clean reverse shells of some families
and benign lines of nl2bash, judged on the other families with benign text put before them; each kind of shell stands on both sides.
The threshold of C comes from five-fold cross-fitting over all benign lines: every model scores the fifth it has not seen, all five
fifths together give one threshold, and the share found is the mean over the five models. The rivals' features, parameters and seeds
come from the kit. Everybody scores the same rows, and one function computes everybody's figures. The bootstrap is paired.

    python commands.py --data DIR --kit DIR --ringtrue PATH [--parts ABCS]
"""
import datetime
import gzip
import importlib.util
import json
import os
import statistics
import sys
import tempfile
import time
import zlib

import measure
from url_quality import FIGURES, Ranking, bootstrap

LINES, CLEAN, ATTACKED = "cmd_lines.jsonl.gz", "cmd_quasarnix.jsonl.gz", "cmd_quasarnix_attacked.jsonl.gz"
COLUMNS = ("command", "label", "source")
ACTORS = ("user", "host", "time")
USERS, HOSTS, SECONDS_APART = 200, 50, 37
FOLDS = 5
RATE = 1e-3
COPIES = 5
REPEATS = 3
GROUPS_AT_LEAST = 30
# Shells of one kind are made alike: an interpreter with a socket, a pipe through a FIFO, a program that starts the shell.
HALVES = (("python", "mkfifo", "nc"), ("php", "ruby", "telnet", "socat"))


def records(data, name):
    with gzip.open(measure.find(data, name), "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def bad(line):
    return int(line["label"]) == 1


def kit_module(kit):
    """The kit's recipes for commands, under another name than this script's."""
    sys.path.insert(0, os.path.abspath(kit))
    spec = importlib.util.spec_from_file_location("kit_commands", os.path.join(kit, "commands.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_lines(path, lines, columns):
    """Newline-delimited JSON, because a command may hold a line break."""
    with open(path, "w", encoding="utf-8") as file:
        for line in lines:
            row = {column: line[column] for column in columns if column in line}
            if "label" in row:
                row["label"] = "malicious" if bad(line) else "benign"
            file.write(json.dumps(row) + "\n")


class Contest:
    """Everybody trained on the same rows and asked for scores of the same rows."""

    def __init__(self, numpy, kit, ringtrue):
        self.numpy, self.kit, self.ringtrue = numpy, kit, ringtrue
        self.training = {}

    def names(self):
        return ["ringtrue"] + [f"{peer} {version}" for peer, version, _ in self.kit.models()]

    def scores(self, train, tests):
        """For each contender the scores of each list of rows in `tests`."""
        found = {}
        with tempfile.TemporaryDirectory() as folder:
            detector = self.detector(train, folder)
            found["ringtrue"] = [self.scored(detector, rows, folder) for rows in tests]
        texts, labels = self.texts(train), self.numpy.array([bad(line) for line in train], dtype=int)
        for peer, version, make in self.kit.models():
            begin = time.process_time()
            model = make().fit(texts, labels)
            self.training.setdefault(f"{peer} {version}", []).append(time.process_time() - begin)
            found[f"{peer} {version}"] = [model.predict_proba(self.texts(rows))[:, 1].astype(float) for rows in tests]
        return found

    def detector(self, train, folder, name="out"):
        path, out = os.path.join(folder, "train.ndjson"), os.path.join(folder, name)
        write_lines(path, train, COLUMNS + ACTORS)
        cost = measure.run([self.ringtrue, "run", "--kind", "command", "--out", out, path], expected=(0, 3))
        self.training.setdefault("ringtrue", []).append(cost.cpu_seconds)
        return os.path.join(out, "detector")

    def scored(self, detector, rows, folder):
        path = os.path.join(folder, "test.ndjson")
        write_lines(path, rows, ("command",))
        return self.numpy.array(measure.scores(self.ringtrue, detector, path)[0])

    def texts(self, rows):
        return self.numpy.array([line["command"] for line in rows], dtype=object)


def fold_of(kit, line):
    """The kit's fold: all rows of one page or one command fall together."""
    return kit.fold(line["source"] + (line.get("group") or line["command"]))


def splits_a(kit, lines):
    for held in sorted({line["source"] for line in lines if bad(line)}):
        train = [line for line in lines if (line["source"] != held if bad(line) else fold_of(kit, line) < 7)]
        test = [line for line in lines if (line["source"] == held if bad(line) else fold_of(kit, line) >= 7)]
        yield held, "30 % by hash", train, test


def splits_b(lines):
    for held in sorted({line["source"] for line in lines if bad(line)}):
        for benign in sorted({line["source"] for line in lines if not bad(line)}):
            left = (held, benign)
            yield held, benign, [line for line in lines if line["source"] not in left], [line for line in lines if line["source"] in left]


def groups(lines):
    """What is drawn together: a page, a session, a technique; single commands where a source has too few groups to draw from."""
    names = [f"{line['source']} {line.get('group') or line.get('session') or line['command']}" for line in lines]
    known = {}
    for line, name in zip(lines, names):
        known.setdefault(line["source"], set()).add(name)
    return [name if len(known[line["source"]]) >= GROUPS_AT_LEAST else f"{line['source']} {line['command']}" for line, name in zip(lines, names)]


def judged(contest, splits, title):
    numpy = contest.numpy
    quality, differences = [], []
    for held, benign, train, test in splits:
        malicious = numpy.array([bad(line) for line in test], dtype=float)
        rankings = {name: Ranking(numpy, malicious, scores[0]) for name, scores in contest.scores(train, [test]).items()}
        reached = {name: ranking.figures() for name, ranking in rankings.items()}
        counts = f"{int(malicious.sum()):,} + {int((1 - malicious).sum()):,}"
        for name, values in reached.items():
            quality.append([held, benign, counts, name, *(f"{value:.4f}" for value in values)])
        mine, mine_reached = rankings.pop("ringtrue"), reached.pop("ringtrue")
        keys = groups(test)
        by_row = bootstrap(numpy, mine, rankings, numpy.arange(len(test)))
        by_group = bootstrap(numpy, mine, rankings, numpy.unique(keys, return_inverse=True)[1])
        for k, figure in enumerate(FIGURES):
            better = max(reached, key=lambda name: reached[name][k])
            gap = mine_reached[k] - reached[better][k]
            intervals = [f"{low:+.4f} to {high:+.4f}" for low, high in (by_row[better][:, k], by_group[better][:, k])]
            beats_all = all(by_group[name][0, k] > 0 for name in rankings)
            differences.append([held, benign, figure, better, f"{gap:+.4f}", *intervals, "yes" if beats_all else "no"])
    measure.table(title, ["malicious source left out", "benign rows judged", "malicious + benign", "who", *FIGURES], quality)
    measure.table(f"{title}: ringtrue less the better rival, paired bootstrap",
                  ["malicious source left out", "benign rows judged", "figure", "better rival", "difference", "95 % by row", "95 % by page, session or command", "above both rivals"], differences)


def fifth(line):
    return zlib.crc32(("fifth " + line["command"]).encode()) % FOLDS


def splits_c(kit, clean):
    """The kit's own split by hash, then either half of the families trained and the other judged."""
    chosen = {line["id"] for line in clean if bad(line) and kit.fold(line["command"]) < 7}
    yield "by hash, as the kit", chosen
    for half in HALVES:
        yield "trained on " + ", ".join(half), {line["id"] for line in clean if bad(line) and line["family"] in half}


def attacks(contest, data):
    numpy = contest.numpy
    clean, attacked = records(data, CLEAN), records(data, ATTACKED)
    benign = [line for line in clean if not bad(line)]
    family = {line["id"]: line["family"] for line in clean if bad(line)}
    payloads = sorted({line["param"] for line in attacked})
    found, weakest = [], []
    for split, chosen in splits_c(contest.kit, clean):
        held = [line for line in clean if bad(line) and line["id"] not in chosen]
        held += [line for line in attacked if line["id"] not in chosen]
        payload = numpy.array([line.get("param", 0) for line in held])
        families = numpy.array([family[line["id"]] for line in held])
        outside, inside = {name: [] for name in contest.names()}, {name: [] for name in contest.names()}
        for part in range(FOLDS):
            train = [line for line in benign if fifth(line) != part] + [line for line in clean if bad(line) and line["id"] in chosen]
            for name, (quiet, loud) in contest.scores(train, [[line for line in benign if fifth(line) == part], held]).items():
                outside[name].append(quiet)
                inside[name].append(loud)
        for name in contest.names():
            quiet = numpy.sort(numpy.concatenate(outside[name]))[::-1]
            threshold = quiet[int(RATE * len(quiet))]
            above = numpy.mean([loud > threshold for loud in inside[name]], axis=0)
            found.append([split, name, f"{(quiet > threshold).mean():.5f}", *(f"{above[payload == size].mean():.4f}" for size in [0, *payloads])])
            by_family = {one: min(above[(payload == size) & (families == one)].mean() for size in [0, *payloads]) for one in sorted(set(families))}
            weakest.append([split, name, ", ".join(f"{one} {value:.3f}" for one, value in by_family.items())])
    measure.table(f"C: share found at FPR 1e-3 over {len(benign):,} benign lines, by characters put before", ["split", "who", "FPR", "clean", *map(str, payloads)], found)
    measure.table("C: the smallest share at any payload, by family judged", ["split", "who", "family and share"], weakest)


def peopled(lines):
    """The lines in an order of no meaning, under made-up users and hosts and one time after the other."""
    mixed = sorted(lines, key=lambda line: zlib.crc32(("order " + line["command"]).encode()))
    start = datetime.datetime(2024, 1, 1)
    drawn = [zlib.crc32(f"actor {at}".encode()) for at in range(len(mixed))]
    times = [(start + datetime.timedelta(seconds=SECONDS_APART * at)).isoformat() + "Z" for at in range(len(mixed))]
    return [{**line, "user": f"user{number % USERS}", "host": f"host{number // USERS % HOSTS}", "time": time} for line, number, time in zip(mixed, drawn, times)]


def speed(contest, lines):
    """CPU seconds of all threads; ringtrue's whole process less one on a single row, the rivals' function on strings in memory."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, known in (("without users", lines), ("with users and hosts", peopled(lines))):
            detector = contest.detector(known, folder, name)
            large, one = os.path.join(folder, "large.ndjson"), os.path.join(folder, "one.ndjson")
            write_lines(large, known * COPIES, ("command",) + ACTORS)
            write_lines(one, known[:1], ("command",) + ACTORS)
            cost = {}
            for path in (one, large):
                runs = [measure.run([contest.ringtrue, "score", "--detector", detector, "--reasons", "0", path], discard_output=True) for _ in range(REPEATS)]
                cost[path] = statistics.median(run.cpu_seconds for run in runs), max(run.peak_mebibytes for run in runs)
            rows.append([f"ringtrue score, process, {name}", f"{COPIES * len(lines) / (cost[large][0] - cost[one][0]):,.0f}", f"start-up {cost[one][0]:.2f} s CPU, peak {cost[large][1]:.0f} MiB"])
    texts, labels = contest.texts(lines), contest.numpy.array([bad(line) for line in lines], dtype=int)
    for peer, version, make in contest.kit.models():
        model, seconds = make().fit(texts, labels), []
        for _ in range(REPEATS):
            begin = time.process_time()
            model.predict_proba(texts)
            seconds.append(time.process_time() - begin)
        rows.append([f"{peer} {version}", f"{len(lines) / statistics.median(seconds):,.0f}", "in memory"])
    measure.table(f"Command to score ({len(lines):,} commands)", ["who", "commands/s per core", "note"], rows)


def main():
    options = measure.arguments(__doc__.splitlines()[0], parts="ABCS")
    kit = kit_module(options.kit)
    import numpy
    contest = Contest(numpy, kit, options.ringtrue)
    lines = [line for line in records(options.data, LINES) if not line.get("ambiguous")]
    if "A" in options.parts:
        judged(contest, splits_a(kit, lines), "A: malicious source left out")
    if "B" in options.parts:
        judged(contest, splits_b(lines), "B: malicious and benign source left out")
    if "C" in options.parts:
        attacks(contest, options.data)
    if "S" in options.parts:
        speed(contest, lines)
    measure.table("Training, CPU seconds", ["who", "runs", "median", "most"], [[name, len(cost), f"{statistics.median(cost):.1f}", f"{max(cost):.1f}"] for name, cost in contest.training.items()])


if __name__ == "__main__":
    main()
