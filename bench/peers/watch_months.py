"""Estimates without labels on the PhishTank months: what `watch` says of each month beside what the labels say.

The staging is that of the kit's `drift.py`, whose CBPE is the rival: LightGBM 200 x 31 on 40 lexical features, trained before 2019-04 (benign
rows from 2014 on); the reference is 2019-04..06; each later month up to 2021-12 with at least 10 rows of either class is estimated. Prices are such
that links are blocked from about the score at which the kit flags them. Once as staged, where the class mix flips after 2019-10, and once with 10 % malicious in the reference and in each month (drawn with three seeds).

    python watch_months.py --data DIR --kit KIT --ringtrue PATH
"""
import json
import os
import sys
import tempfile
from collections import defaultdict

import measure

TASK = """format = 1
name = "phishing links"
kind = "table"
question = "Does this link lead to phishing?"
[columns]
time = "first_seen"
label = "label"
[costs]
currency = "points"
false_positive = 10
false_negative = MISSED
review = 1000
[traffic]
events_per_day = 1000
malicious_share = SHARE
[capacity]
alerts_per_day = 1000
"""


def staged(kit, data, folder):
    """The kit's rows from 2019-04 on, and the file of the model that it trains on those before."""
    sys.path.insert(0, os.path.abspath(kit))
    import common
    import lightgbm
    urls, labels, times = common.urls(data)
    features = common.matrix(urls)
    kept = (labels == 1) | (times >= "2014")
    features, labels, times = features[kept], labels[kept].astype(int), times[kept].astype(str)
    before = times < "2019-04-01"
    parameters = dict(objective="binary", num_leaves=31, learning_rate=0.1, verbose=-1, num_threads=2, seed=1)
    model = lightgbm.train(parameters, lightgbm.Dataset(features[before], labels[before], feature_name=common.FEATURES), 200)
    path = os.path.join(folder, "model.txt")
    model.save_model(path)
    return features[~before], labels[~before], times[~before], common.FEATURES, path, labels[before].mean()


def drawn(labels, times, seed):
    """The rows with 10 % malicious in each month, as the kit draws them; a seed of None keeps all."""
    import numpy
    if seed is None:
        return numpy.arange(len(labels))
    random, chosen = numpy.random.RandomState(seed), []
    months = numpy.array([time[:7] for time in times])
    for month in sorted(set(months)):
        benign, malicious = (numpy.where((months == month) & (labels == label))[0] for label in (0, 1))
        count = max(1, round(len(benign) / 9))
        chosen += [benign, random.choice(malicious, count, replace=len(malicious) < count) if len(malicious) else malicious]
    return numpy.concatenate(chosen)


def truth(pairs, at):
    """ROC AUC, recall, FPR and precision of (score, label) pairs."""
    from sklearn.metrics import roc_auc_score
    scores, labels = zip(*pairs)
    caught = [label for score, label in pairs if score >= at]
    bad = sum(labels)
    return {
        "roc_auc": roc_auc_score(labels, scores),
        "recall": sum(caught) / bad,
        "fpr": (len(caught) - sum(caught)) / (len(labels) - bad),
        "precision": sum(caught) / len(caught) if caught else None,
    }


def one(ringtrue, stage, seed, folder):
    """Each month's report and truth."""
    features, labels, times, names, model, trained_share = stage
    rows = drawn(labels, times, seed)
    paths = {name: os.path.join(folder, f"{name}.csv") for name in ("reference", "months")}
    for name, is_in in (("reference", lambda time: time < "2019-07"), ("months", lambda time: time >= "2019-07")):
        lines = ({**dict(zip(names, features[row])), "first_seen": times[row], "label": labels[row], "row": row}
                 for row in rows if is_in(times[row]))
        measure.write_rows(paths[name], [*names, "first_seen", "label"], lines)
    task, out = os.path.join(folder, "task.toml"), os.path.join(folder, "detector")
    share = labels[[row for row in rows if times[row] < "2019-07"]].mean()
    with open(task, "w", encoding="utf-8") as file:
        # The kit flags what is as likely malicious as not in the mix that the model was trained on.
        missed = 10 * trained_share / (1 - trained_share) * (1 - share) / share
        file.write(TASK.replace("SHARE", f"{share:.4f}").replace("MISSED", f"{missed:.3f}"))
    measure.run([ringtrue, "import", model, "--task", task, "--calibrate", paths["reference"], "--out", out])
    cost = measure.run([ringtrue, "watch", "--detector", out, "--json", paths["months"]], expected=(0, 1, 3))
    told = json.loads(cost.output)
    scores, _ = measure.scores(ringtrue, out, paths["months"])
    months = defaultdict(list)
    for score, line in zip(scores, measure.rows(paths["months"])):
        months[line["first_seen"][:7]].append((score, int(line["label"])))
    found = []
    for window in told["windows"]:
        pairs = months[window["name"]]
        bad = sum(label for _, label in pairs)
        if min(bad, len(pairs) - bad) >= 10:
            found.append((window, truth(pairs, told["at"])))
    drift = next((window["name"] for window in told["windows"] if window["state"] == "drift"), "never")
    return found, drift, cost


def main():
    options = measure.arguments(__doc__)
    lines, states = [], []
    with tempfile.TemporaryDirectory() as folder:
        stage = staged(options.kit, options.data, folder)
        for name, seed in [("as staged", None)] + [(f"10 % malicious, seed {seed}", seed) for seed in (0, 1, 2)]:
            found, drift, cost = one(options.ringtrue, stage, seed, folder)
            states.append((name, drift, f"{cost.cpu_seconds:.2f}", " ".join(sorted({str(window["kind"]) for window, _ in found}))))
            for figure in ("roc_auc", "recall", "fpr", "precision"):
                pairs = [(window["estimate"][figure], real[figure]) for window, real in found if window["estimate"][figure]]
                held = sum(band["low"] - 1e-6 <= real <= band["high"] + 1e-6 for band, real in pairs)
                errors = [abs(band["value"] - real) for band, real in pairs]
                width = [band["high"] - band["low"] for band, _ in pairs]
                mean = (lambda values: f"{sum(values) / len(values):.3f}" if values else "")
                lines.append((name, figure, f"{len(pairs)} of {len(found)}", f"{held} of {len(pairs)}", mean(errors),
                              f"{max(errors):.3f}" if errors else "", mean(width)))
    measure.table("Estimates", ["months", "figure", "answered", "real value in the band", "mean error", "largest error", "mean width"], lines)
    measure.table("Drift", ["months", "first month that drifted", "CPU s", "kinds"], states)


if __name__ == "__main__":
    main()
