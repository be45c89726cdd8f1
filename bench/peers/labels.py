"""Wrong labels: `ringtrue label errors` beside cleanlab, on the same rows with planted errors, in one run.

Rows: PhishTank and dated benign links, drawn to a prevalence as the kit's labels.py draws them; 20 % of the malicious are called
benign, and benign ones equal to 10 % of the malicious are called malicious. ringtrue gets URL and label, nothing else; cleanlab
gets the kit's 40 features through five-fold histogram boosting, as there. The budget is the number that cleanlab flags:
ringtrue lists at most so many. A third column is cleanlab on ringtrue's own out-of-fold scores, and the fourth is ringtrue again, at
the number that this one flags. Differences are paired by seed, with 95 % intervals by Student's t.

"Truth" is the source's own label: real errors of the sources count against everybody.

    python labels.py --data DIR --kit DIR --ringtrue PATH [--seeds 10] [--prevalences 0.01,0.003,0.1,0.5]
"""
import json
import os
import sys
import tempfile

import measure

BENIGN = {0.5: 20_000, 0.1: 40_000, 0.01: 70_000, 0.003: 70_000}
FIGURES = ("precision", "precision of said benign", "missed malicious found", "false malicious found")
FILTER = "confident_learning"


def unique_rows(kit, data):
    """URLs, labels and the kit's features; of a URL that comes twice the first."""
    import numpy
    urls, malicious, _ = kit.urls(os.path.dirname(measure.find(data, "phishtank_2008_2021.csv.gz")))
    _, first = numpy.unique(urls, return_index=True)
    first.sort()
    return urls[first], malicious[first].astype(int), kit.matrix(urls[first])


def case(malicious, prevalence, seed):
    """The kit's draw and its planted errors: places, truth, labels."""
    import numpy
    random = numpy.random.RandomState(seed)
    bad, good = numpy.where(malicious == 1)[0], numpy.where(malicious == 0)[0]
    wanted = int(round(BENIGN[prevalence] * prevalence / (1 - prevalence)))
    places = numpy.r_[random.permutation(good)[:BENIGN[prevalence]], random.permutation(bad)[:wanted]]
    truth = malicious[places]
    labels = truth.copy()
    bad, good = numpy.where(truth == 1)[0], numpy.where(truth == 0)[0]
    labels[random.permutation(bad)[:int(0.2 * len(bad))]] = 0
    labels[random.permutation(good)[:max(1, int(0.1 * len(bad)))]] = 1
    return places, truth, labels


def out_of_fold(features, labels, seed):
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    return cross_val_predict(HistGradientBoostingClassifier(random_state=0), features, labels, cv=folds, method="predict_proba")


def flagged(labels, probabilities):
    from cleanlab.filter import find_label_issues
    return find_label_issues(labels, probabilities, filter_by=FILTER, n_jobs=1)


def judge(listed, truth, labels):
    wrong, missed, false = labels != truth, (truth == 1) & (labels == 0), (truth == 0) & (labels == 1)
    found = lambda of, among: (listed & of).sum() / max(1, among.sum())
    return (found(wrong, listed), found(missed, listed & (labels == 0)), found(missed, missed), found(false, false))


def ours(ringtrue, folder, urls, labels, budget):
    """Marks of the listed rows, the whole answer, the scores, and what it cost."""
    import numpy
    path, scores = os.path.join(folder, "labels.csv"), os.path.join(folder, "scores.ndjson")
    words = ("benign", "malicious")
    measure.write_rows(path, ("url", "label"), ({"url": url, "label": words[label]} for url, label in zip(urls, labels)))
    cost = measure.run([ringtrue, "label", "errors", "--kind", "url", "--budget", str(budget), "--json", "--scores", scores, path])
    answer = json.loads(cost.output)
    called = numpy.full(len(labels), numpy.nan)
    with open(scores, encoding="utf-8") as file:
        for line in map(json.loads, file):
            called[line["row"]] = line["called_malicious"]
    if numpy.isnan(called).any():
        sys.exit(f"{path}: ringtrue left rows out")
    return marked(answer["items"], len(labels)), answer, called, cost


def marked(items, count):
    import numpy
    marks = numpy.zeros(count, bool)
    marks[[item["row"] for item in items]] = True
    return marks


def one_seed(arguments, rows, prevalence, seed, folder):
    """For each who: what it lists and its figures; and the expected count beside the true one."""
    import numpy
    urls, malicious, features = rows
    places, truth, labels = case(malicious, prevalence, seed)
    theirs = flagged(labels, out_of_fold(features[places], labels, seed))
    budget = int(theirs.sum())
    marks, answer, called, cost = ours(arguments.ringtrue, folder, urls[places], labels, budget)
    on_ours = flagged(labels, numpy.c_[1 - called, called])
    short = marked(answer["items"][:int(on_ours.sum())], len(labels))
    lists = {"cleanlab": theirs, "ringtrue": marks, "cleanlab on ringtrue's scores": on_ours, "ringtrue at that number": short}
    expected, true = answer["expected"], int((marks & (labels != truth)).sum())
    inside = expected["low"] <= true <= expected["high"]
    found = {who: (int(listed.sum()), judge(listed, truth, labels)) for who, listed in lists.items()}
    print(f"{prevalence} seed {seed}: {found['cleanlab']} {found['ringtrue']} expected {expected} true {true} {cost.cpu_seconds:.1f} s CPU",
          file=sys.stderr, flush=True)
    return found, (true, expected, inside), cost


def interval(differences):
    import numpy
    from scipy.stats import t
    values = numpy.array(differences)
    half = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else float("nan")
    return f"{values.mean():+.3f} ({values.mean() - half:+.3f} to {values.mean() + half:+.3f})"


def tell(prevalence, seeds):
    """Prints the table of one prevalence."""
    import numpy
    names = list(seeds[0][0])
    mean = lambda who, place: numpy.mean([found[who][1][place] for found, _, _ in seeds])
    lines = []
    for who in names:
        listed = numpy.mean([found[who][0] for found, _, _ in seeds])
        lines.append([who, f"{listed:.0f}"] + [f"{mean(who, place):.3f}" for place in range(len(FIGURES))])
    for one, other in (("ringtrue", "cleanlab"), ("ringtrue at that number", "cleanlab on ringtrue's scores")):
        differences = [[found[one][1][place] - found[other][1][place] for found, _, _ in seeds] for place in range(len(FIGURES))]
        lines.append([f"{one} less {other}", ""] + [interval(values) for values in differences])
    measure.table(f"Prevalence {prevalence:g}, {len(seeds)} seeds", ("who", "listed") + FIGURES, lines)
    counts = [count for _, count, _ in seeds]
    means = [numpy.mean([it[0] for it in counts])] + [numpy.mean([it[1][end] for it in counts]) for end in ("value", "low", "high")]
    held = sum(it[2] for it in counts)
    print(f"\nTrue errors in ringtrue's list {means[0]:.0f}, expected {means[1]:.0f} ({means[2]:.0f} to {means[3]:.0f}); the interval held the truth in "
          f"{held} of {len(counts)}. CPU of `label errors` {numpy.median([cost.cpu_seconds for _, _, cost in seeds]):.1f} s, "
          f"{numpy.median([cost.peak_mebibytes for _, _, cost in seeds]):.0f} MiB.", flush=True)


def main():
    arguments = measure.arguments(__doc__, seeds=10, first_seed=0, prevalences="0.01,0.003,0.1,0.5")
    sys.path.insert(0, os.path.abspath(arguments.kit))
    import common
    rows = unique_rows(common, arguments.data)
    with tempfile.TemporaryDirectory() as folder:
        for prevalence in map(float, arguments.prevalences.split(",")):
            numbers = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
            tell(prevalence, [one_seed(arguments, rows, prevalence, seed, folder) for seed in numbers])


if __name__ == "__main__":
    main()
