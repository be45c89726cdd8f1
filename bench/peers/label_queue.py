#!/usr/bin/env python3
"""Whom to ask about what: `ringtrue label queue` against uncertainty, core-set and top-score, with simulated labellers.

    python3 bench/peers/label_queue.py --ringtrue target/release/ringtrue --data DATA --task url --seeds 0,1,2 --out queue.json
    python3 bench/peers/label_queue.py plot label-queue.svg queue.json

A pool of events holds few malicious ones (URLs: PhishTank among dated links, 0.1 %; commands: `cmd_lines`, 0.5 %). A few labels
are known at the start, the same for everybody. In each round a method names the events to look at, the labeller tells the
truth, and the method learns anew. Counted is how many malicious events are known after so many looks.

ringtrue's items stand for campaigns of near-copies: one look, and the labeller confirms the rest. Where a campaign holds both
classes, that makes wrong labels: they are counted as found only if they are malicious, and told apart (`wrong`).
The others look at events one by one, as the libraries that have them do: a logistic regression over hashed character n-grams that learns from
what is labelled. `top-score+rest` takes all that nobody labelled for benign when it learns, and `+copies` also labels the near-copies
that ringtrue would fold (by the same groups, counted as one look): neither is in any library, both show which part is worth what.
"""
import argparse, csv, gzip, json, os, random, subprocess, sys, tempfile, time

import numpy as np
from scipy.sparse import vstack
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression

TASKS = {"url": ("url", 0.001), "command": ("command", 0.005)}


def rows(data, task):
    """Returns the texts of both classes: pool material, each text once."""
    benign, malicious = {}, {}
    if task == "url":
        with gzip.open(f"{data}/url/benign_links_dated_2006_2021.csv.gz", "rt", errors="replace") as file:
            for row in csv.DictReader(file):
                benign[row["url"]] = None
        with gzip.open(f"{data}/url/phishtank_2008_2021.csv.gz", "rt", errors="replace") as file:
            for row in csv.DictReader(file):
                if "2018-10-25" <= row["first_seen"][:10] <= "2019-10-26":
                    malicious[row["url"]] = None
    else:
        with gzip.open(f"{data}/command/cmd_lines.jsonl.gz", "rt") as file:
            for line in file:
                row = json.loads(line)
                if not row.get("ambiguous"):
                    (malicious if row["label"] in (1, "1", "malicious") else benign)[row["command"]] = None
    both = set(benign) & set(malicious)
    usable = lambda texts: [t for t in texts if t not in both and "\x00" not in t and t.strip()]
    return usable(benign), usable(malicious)


class Pool:
    def __init__(self, data, task, seed, size):
        chance = random.Random(seed)
        benign, malicious = rows(data, task)
        chance.shuffle(benign), chance.shuffle(malicious)
        share = TASKS[task][1]
        test = min(len(benign) // 4, 10_000)
        self.test_texts = benign[:test] + malicious[: min(4_000, len(malicious) // 2)]
        self.test_truth = np.array([0] * test + [1] * (len(self.test_texts) - test))
        benign = benign[test: test + size]
        count = max(20, round(len(benign) * share / (1 - share)))
        malicious = malicious[-count:]
        self.texts = benign + malicious
        self.truth = np.array([0] * len(benign) + [1] * len(malicious))
        order = list(range(len(self.texts)))
        chance.shuffle(order)
        self.texts = [self.texts[at] for at in order]
        self.truth = self.truth[order]
        self.start = list(chance.sample(list(np.flatnonzero(self.truth == 1)), 5)) + list(
            chance.sample(list(np.flatnonzero(self.truth == 0)), 100))
        self.seed = seed


def features(texts):
    make = HashingVectorizer(analyzer="char", ngram_range=(3, 5), n_features=2**18, alternate_sign=False, norm="l2")
    return make.transform(texts)


def learn(x, y, weight=None):
    return LogisticRegression(C=10, class_weight="balanced", solver="liblinear").fit(x, y, sample_weight=weight)


def others(pool, x, method, rounds, groups):
    """Runs a method of the field; returns (looks, found) after each round and the labelled positions."""
    chance = np.random.default_rng(pool.seed)
    known = set(int(at) for at in pool.start)
    curve, looks = [], 0
    space = TruncatedSVD(32, random_state=pool.seed).fit_transform(x) if method == "core-set" else None
    distance = None
    for size in rounds:
        have = np.array(sorted(known))
        left = np.array([at for at in range(len(pool.texts)) if at not in known])
        if method == "random":
            asked = chance.choice(left, min(size, len(left)), replace=False)
        elif method == "core-set":
            if distance is None:
                distance = np.full(len(pool.texts), np.inf)
                for at in have:
                    distance = np.minimum(distance, ((space - space[at]) ** 2).sum(1))
            asked = []
            for _ in range(min(size, len(left))):
                at = int(np.argmax(distance))
                asked.append(at)
                distance = np.minimum(distance, ((space - space[at]) ** 2).sum(1))
                distance[at] = -1
        else:
            if "rest" in method:
                extra = chance.choice(left, min(20_000, len(left)), replace=False)
                model = learn(vstack([x[have], x[extra]]), np.concatenate([pool.truth[have], np.zeros(len(extra))]))
            else:
                model = learn(x[have], pool.truth[have])
            score = model.decision_function(x[left])
            order = np.argsort(np.abs(score)) if method == "uncertainty" else np.argsort(-score)
            asked = left[order]
            if "copies" in method:
                seen, one = set(), []
                for at in asked:
                    if groups[at] not in seen:
                        seen.add(groups[at])
                        one.append(at)
                asked = np.array(one)
            asked = asked[:size]
        looks += len(asked)
        known.update(int(at) for at in asked)
        if "copies" in method:
            told = {groups[at]: pool.truth[at] for at in asked}
            known.update(at for at in range(len(pool.texts)) if told.get(groups[at]) == 1)
        curve.append((looks, int(pool.truth[sorted(known)].sum())))
    return curve, known, {}


def call(program, folder, *words):
    run = subprocess.run([program, *words], cwd=folder, capture_output=True, text=True, env={**os.environ, "OMP_WAIT_POLICY": "passive"})
    if run.returncode not in (0, 1):
        raise SystemExit(f"{words}: {run.returncode}: {run.stderr}")
    return run.stdout


def ours(pool, task, program, rounds, mix):
    column = TASKS[task][0]
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/pool.ndjson", "w") as file:
            for text in pool.texts:
                file.write(json.dumps({column: text}) + "\n")
        open(f"{folder}/task.toml", "w").write(
            f'name = "queue"\nkind = "{task}"\n' + (f"[labels.queue]\n{mix}\n" if mix else ""))
        read = ["--task", "task.toml", "--store", "s"]
        call(program, folder, "ingest", *read, "pool.ndjson")
        whole = json.loads(call(program, folder, "label", "queue", *read, "--budget", "10000000", "--json"))
        row_of, groups = {}, {}
        for number, item in enumerate(whole["items"]):
            for id, row in zip([item["id"], *item["others"]], [item["row"], *item["other_rows"]]):
                row_of[id] = row
                groups[row] = number
        ids = {row: id for id, row in row_of.items()}
        known, wrong, looks, curve, spent = set(), 0, 0, [], 0.0
        say(program, folder, read, [(ids[at], pool.truth[at]) for at in pool.start], first=True)
        known.update(int(at) for at in pool.start)
        for size in rounds:
            begun = time.process_time(), os.times().children_user
            made = json.loads(call(program, folder, "label", "queue", *read, "--for", "ann", "--budget", str(size), "--json",
                                   "--seed", str(pool.seed)))
            spent += os.times().children_user - begun[1]
            said = []
            for item in made["items"]:
                truth = pool.truth[row_of[item["id"]]]
                for id in [item["id"], *item["others"]]:
                    said.append((id, truth))
                    known.add(row_of[id])
                    wrong += int(pool.truth[row_of[id]] != truth)
            say(program, folder, read, said)
            looks += len(made["items"])
            curve.append((looks, int(pool.truth[sorted(known)].sum())))
        return curve, known, {"wrong": wrong, "seconds_a_round": round(spent / len(rounds), 2)}, groups


def say(program, folder, read, said, first=False):
    with open(f"{folder}/said.csv", "w") as file:
        file.write("id,label,evidence\n")
        for id, truth in said:
            file.write(f"{id},{'malicious' if truth else 'benign'},told\n")
    call(program, folder, "label", "import", *read, "--who", "start" if first else "ann", "said.csv")


def area(curve, start, total, looks_max):
    """Returns the mean share of the hidden malicious events that were known, over the looks up to `looks_max`."""
    xs, ys = [0], [0.0]
    for looks, found in curve:
        xs.append(looks), ys.append((found - start) / max(total - start, 1))
    grid = np.linspace(0, looks_max, 400)
    return float(np.mean(np.interp(grid, xs, ys)))


def recall_at(pool, x, test, known, rest=0.0):
    """Recall at a false-positive rate of 1e-2 on other events, of what learns from these labels; with `rest`, and takes all others for
    benign, each with this weight."""
    have, truth, weight = np.array(sorted(known)), pool.truth, None
    if rest:
        truth, weight = np.zeros_like(pool.truth), np.full(len(pool.truth), rest)
        truth[have], weight[have] = pool.truth[have], 1.0
        have = np.arange(len(truth))
    model = learn(x[have], truth[have], weight)
    score = model.decision_function(test)
    benign = np.sort(score[pool.test_truth == 0])
    threshold = benign[int(np.ceil(0.99 * len(benign))) - 1]
    return float((score[pool.test_truth == 1] > threshold).mean())


COLOURS = {"ringtrue": "#0b62a4", "top-score": "#c44e1a", "uncertainty": "#7a8f00", "core-set": "#8a4fa3", "random": "#777777"}


def plot(results, path):
    """Draws the mean share of the hidden malicious events found against looks: one panel a task."""
    tasks = sorted({result["task"] for result in results})
    wide, high, parts = 420, 300, []
    for panel, task in enumerate(tasks):
        left, of_task = 50 + panel * (wide + 20), [r for r in results if r["task"] == task]
        most = max(r["looks"] for r in of_task)
        x = lambda looks: left + looks / most * (wide - 60)
        y = lambda share: 30 + (1 - share) * (high - 70)
        for share in (0, 0.25, 0.5, 0.75, 1):
            parts.append(f'<line x1="{x(0)}" x2="{x(most):.0f}" y1="{y(share)}" y2="{y(share)}" stroke="#ddd"/>'
                         f'<text x="{x(0) - 6}" y="{y(share) + 4}" text-anchor="end">{share:.0%}</text>')
        seeds = len({r["seed"] for r in of_task})
        parts.append(f'<text x="{x(0)}" y="18">{task}: malicious events found, mean of {seeds} seeds</text>'
                     f'<text x="{x(most):.0f}" y="{high - 20}" text-anchor="end">{most} looks</text>')
        for number, (method, colour) in enumerate(COLOURS.items()):
            curves = [[(0, 0.0)] + [(a, (b - 5) / max(r["malicious"] - 5, 1)) for a, b in r["curve"]]
                      for r in of_task if r["method"] == method]
            if not curves:
                continue
            grid = np.linspace(0, most, 60)
            mean = np.mean([np.interp(grid, *zip(*curve)) for curve in curves], axis=0)
            line = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in zip(grid, mean))
            parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
                         f'<text x="{x(0) + 8}" y="{44 + 15 * number}" fill="{colour}">{method}</text>')
    width = 60 + len(tasks) * (wide + 20)
    with open(path, "w") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {high}" font-family="sans-serif" font-size="12">'
                   f'<rect width="{width}" height="{high}" fill="white"/>{"".join(parts)}</svg>\n')


def summary(results):
    """Prints for each task the means and how ringtrue's area compares with the best of the field, paired by seed."""
    field = ("uncertainty", "core-set", "top-score")
    for task in sorted({result["task"] for result in results}):
        of = {(r["seed"], r["method"]): r for r in results if r["task"] == task}
        seeds = sorted({seed for seed, _ in of})
        for method in dict.fromkeys(r["method"] for r in results):
            have = [of[seed, method] for seed in seeds if (seed, method) in of]
            if have:
                mean = lambda key: round(float(np.mean([r[key] for r in have])), 3)
                print(task, method, len(have), {k: mean(k) for k in ("area", "area_quarter", "found", "malicious", "labels",
                                                                    "recall_at_fpr_0_01", "recall_with_all_labels")})
        for key in ("area", "area_quarter"):
            means = {m: np.mean([of[s, m][key] for s in seeds]) for m in field if all((s, m) in of for s in seeds)}
            ours = [of[s, "ringtrue"][key] for s in seeds]
            best = max(means, key=means.get)
            gap = [a - of[s, best][key] for a, s in zip(ours, seeds)]
            half = np.std(gap, ddof=1) / np.sqrt(len(gap)) if len(gap) > 1 else float("nan")
            print(task, key, "ratio to", best, round(float(np.mean(ours) / means[best]), 3), "difference", round(float(np.mean(gap)), 4),
                  "standard error", round(float(half), 4))


def main():
    if sys.argv[1:2] == ["plot"]:
        results = [result for path in sys.argv[3:] for result in json.load(open(path))]
        summary(results)
        return plot(results, sys.argv[2])
    parser = argparse.ArgumentParser()
    parser.add_argument("--ringtrue", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--task", choices=list(TASKS), required=True)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--size", type=int, default=70_000)
    parser.add_argument("--rounds", default="50,50,100,100,200,200,300,500")
    parser.add_argument("--mix", default="", help="lines of [labels.queue] instead of the default")
    parser.add_argument("--methods", default="random,uncertainty,core-set,top-score,top-score+rest,top-score+rest+copies")
    parser.add_argument("--out")
    args = parser.parse_args()
    rounds = [int(size) for size in args.rounds.split(",")]
    program = os.path.abspath(args.ringtrue)
    results = []
    for seed in (int(seed) for seed in args.seeds.split(",")):
        pool = Pool(args.data, args.task, seed, args.size)
        x, test = features(pool.texts), features(pool.test_texts)
        total, start = int(pool.truth.sum()), 5
        found = {}
        curve, known, more, groups = ours(pool, args.task, program, rounds, args.mix.replace(";", "\n"))
        found["ringtrue"] = (curve, known, more)
        for method in filter(None, args.methods.split(",")):
            found[method] = others(pool, x, method, rounds, groups)
        whole = recall_at(pool, x, test, range(len(pool.texts)))
        for method, (curve, known, more) in found.items():
            rest = lambda weight: round(recall_at(pool, x, test, known, weight), 4)
            result = {"task": args.task, "seed": seed, "events": len(pool.texts), "malicious": total, "method": method,
                      "area": round(area(curve, start, total, sum(rounds)), 4),
                      "area_quarter": round(area(curve, start, total, sum(rounds) / 4), 4),
                      "found": curve[-1][1], "looks": curve[-1][0], "labels": len(known),
                      "recall_at_fpr_0_01": round(recall_at(pool, x, test, known), 4),
                      "recall_rest_benign": rest(1.0) if method == "ringtrue" else None,
                      "recall_rest_fifth": rest(0.2) if method == "ringtrue" else None,
                      "recall_with_all_labels": round(whole, 4), "curve": curve, **more}
            results.append(result)
            print(json.dumps({k: v for k, v in result.items() if k != "curve"}), flush=True)
        if args.out:
            json.dump(results, open(args.out, "w"), indent=1)


if __name__ == "__main__":
    main()
