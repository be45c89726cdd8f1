"""URL quality: ringtrue beside both rivals of the peer kit, on the same rows, in one run.

Rows: PhishTank first seen from 2018-10-25 on and benign links seen from 2014 on; training before 2019-07-01; judged on
2019-07..2019-10 and on 2020-2021. The rivals' features, parameters and seeds come from the kit. Everybody scores the same rows,
and one function computes everybody's figures. The bootstrap is paired: each resample takes the same rows from both.

    python url_quality.py --data DIR --kit DIR --ringtrue PATH
"""
import json
import os
import sys
import tempfile
import time

import measure

COLUMNS = ["url", "label", "kind", "first_seen", "source"]
FILES = (("phishtank_2008_2021.csv.gz", "2018-10-25"), ("benign_links_dated_2006_2021.csv.gz", "2014"))
CUT = "2019-07-01"
WINDOWS = {"2019-07..10": ("2019-07-01", "2019-11-01"), "2020-2021": ("2020-01-01", "2022-01-01")}
RATES = (1e-2, 1e-3)
FIGURES = ("ROC AUC", "TPR at 1e-2", "TPR at 1e-3")
RESAMPLES = 1000
SEED = 1


def real_rows(data):
    """The rows of the comparison, sorted by date as the kit sorts them."""
    lines = []
    for name, begin in FILES:
        path = next(os.path.join(at, name) for at, _, names in os.walk(data) if name in names)
        lines += [line for line in measure.rows(path) if line["first_seen"] >= begin]
    return sorted(lines, key=lambda line: line["first_seen"][:10])


def within(line, window):
    begin, end = window
    return begin <= line["first_seen"][:10] < end


def ours(ringtrue, lines, folder):
    """Trains by one `run`; returns scores and `try` figures by window, and what ingest and run cost."""
    everything = os.path.join(folder, "urls.csv")
    measure.write_rows(everything, COLUMNS, lines)
    ingest = measure.run([ringtrue, "ingest", "--kind", "url", "--store", os.path.join(folder, "store"), everything])
    run = measure.run([ringtrue, "run", "--kind", "url", "--train-before", CUT, "--out", os.path.join(folder, "out"), everything], expected=(0, 3))
    detector = os.path.join(folder, "out", "detector")
    scores, told = {}, {}
    for name, window in WINDOWS.items():
        judged, bare = os.path.join(folder, "judged.csv"), os.path.join(folder, "bare.csv")
        chosen = [line for line in lines if within(line, window)]
        measure.write_rows(judged, COLUMNS, chosen)
        measure.write_rows(bare, ["url"], chosen)
        told[name] = json.loads(measure.run([ringtrue, "try", "--detector", detector, "--json", judged], expected=(0, 3)).output)
        scores[name] = measure.scores(ringtrue, detector, bare)[0]
    recommended = json.load(open(os.path.join(folder, "out", "report.json"), encoding="utf-8"))["data"]["recommended"]
    return scores, told, ingest, run, recommended


def rivals(kit, lines):
    """Trains both rivals by the kit's recipe; returns scores by name and window, and CPU seconds of training."""
    sys.path.insert(0, kit)
    import common
    import lightgbm
    import numpy
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import SGDClassifier
    import url_pipeline

    recipes = {}
    url_pipeline.load = lambda data: data
    url_pipeline.report = lambda peer, version, u, y, tr, tests, fit, score: recipes.update({peer: (fit, score)})
    urls = numpy.array([line["url"] for line in lines], dtype=object)
    labels = numpy.array([line["label"] != "benign" for line in lines], dtype=numpy.int8)
    train = numpy.array([line["first_seen"] < CUT for line in lines])
    shape = (urls, labels, None, train, None)
    url_pipeline.hashing(shape)
    url_pipeline.lexical(shape)
    common.features("http://warm.example/")
    scores, seconds = {}, {}
    for peer, (fit, score) in recipes.items():
        begin = time.process_time()
        model = fit(urls[train], labels[train])
        seconds[peer] = time.process_time() - begin
        scores[peer] = {name: numpy.asarray(score(model, numpy.array([line["url"] for line in lines if within(line, window)], dtype=object)))
                        for name, window in WINDOWS.items()}
    return scores, seconds


def figures(numpy, malicious, scores, weights=None):
    """ROC AUC (ties half) and the best TPR whose FPR does not exceed each rate (ties against), rows weighted by a count."""
    weights = numpy.ones(len(scores)) if weights is None else weights
    order = numpy.argsort(-scores, kind="stable")
    sorted_scores, bad = scores[order], weights[order] * malicious[order]
    good = weights[order] - bad
    last = numpy.r_[numpy.nonzero(numpy.diff(sorted_scores))[0], len(scores) - 1]
    true = numpy.r_[0.0, numpy.cumsum(bad)[last]]
    false = numpy.r_[0.0, numpy.cumsum(good)[last]]
    true, false = true / true[-1], false / false[-1]
    area = float(numpy.sum(numpy.diff(false) * (true[1:] + true[:-1]) / 2))
    return [area] + [float(true[numpy.searchsorted(false, rate, side="right") - 1]) for rate in RATES]


def bootstrap(numpy, malicious, one, other, group=None):
    """95 % interval of one minus other at each figure; with `group`, whole groups are drawn instead of rows."""
    random = numpy.random.RandomState(SEED)
    names = numpy.arange(len(one)) if group is None else numpy.unique(group, return_inverse=True)[1]
    count = names.max() + 1
    found = []
    for _ in range(RESAMPLES):
        weights = numpy.bincount(random.randint(0, count, count), minlength=count)[names].astype(float)
        found.append(numpy.subtract(figures(numpy, malicious, one, weights), figures(numpy, malicious, other, weights)))
    return numpy.quantile(found, [0.025, 0.975], axis=0)


def domains(lines):
    """The registrable domain of each row (the host where there is none), by the suffix list that tldextract carries."""
    import tldextract
    extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    parts = [extract(line["url"]) for line in lines]
    return [f"{part.domain}.{part.suffix}" if part.suffix else part.domain for part in parts]


def main():
    options = measure.arguments(__doc__.splitlines()[0])
    lines = real_rows(options.data)
    with tempfile.TemporaryDirectory() as folder:
        our_scores, told, ingest, run, recommended = ours(options.ringtrue, lines, folder)
    their_scores, seconds = rivals(options.kit, lines)
    import numpy
    quality, differences, nominal = [], [], []
    for name, window in WINDOWS.items():
        chosen = [line for line in lines if within(line, window)]
        malicious = numpy.array([line["label"] != "benign" for line in chosen], dtype=float)
        mine = numpy.array(our_scores[name])
        reached = {peer: figures(numpy, malicious, by_window[name]) for peer, by_window in their_scores.items()}
        our_figures = figures(numpy, malicious, mine)
        counts = f"{int(malicious.sum()):,} + {int((1 - malicious).sum()):,}"
        for peer, values in [(f"ringtrue ({recommended})", our_figures), *reached.items()]:
            quality.append([name, counts, peer, *(f"{value:.4f}" for value in values)])
        group = numpy.array(domains(chosen))
        for k, figure in enumerate(FIGURES):
            better = max(reached, key=lambda peer: reached[peer][k])
            theirs, gap = their_scores[better][name], our_figures[k] - reached[better][k]
            row = bootstrap(numpy, malicious, mine, theirs)[:, k]
            domain = bootstrap(numpy, malicious, mine, theirs, group)[:, k]
            differences.append([name, figure, better, f"{gap:+.4f}", f"{row[0]:+.4f} to {row[1]:+.4f}", f"{domain[0]:+.4f} to {domain[1]:+.4f}",
                                f"{gap / (1 - reached[better][k]):.0%}"])
        at = told[name]["nominal_fpr"]["0.01"]
        if at["fpr"]:
            nominal.append([name, f"{at['fpr']['value']:.4f}", f"{at['fpr']['low']:.4f} to {at['fpr']['high']:.4f}", f"{at['tpr']['value']:.4f}",
                            "yes" if at["fpr"]["low"] <= 0.01 <= at["fpr"]["high"] else "no"])
        print(f"{name}: try says {told[name]['roc_auc']:.4f}, {told[name]['tpr_at_fpr']}", flush=True)
    measure.table("Quality", ["window", "malicious + benign", "who", *FIGURES], quality)
    measure.table("ringtrue less the better rival, paired bootstrap", ["window", "figure", "better rival", "difference", "95 % by row", "95 % by domain", "share of what was missing to 1"], differences)
    measure.table("Threshold for a nominal FPR of 1e-2", ["window", "FPR found", "95 % (Clopper-Pearson)", "TPR found", "0.01 inside"], nominal)
    measure.table("CPU", ["what", "CPU s", "wall s", "peak MiB"],
                  [["ringtrue ingest", f"{ingest.cpu_seconds:.1f}", f"{ingest.wall_seconds:.1f}", f"{ingest.peak_mebibytes:.0f}"],
                   ["ringtrue run (ingest, whole ladder, trial, report)", f"{run.cpu_seconds:.1f}", f"{run.wall_seconds:.1f}", f"{run.peak_mebibytes:.0f}"],
                   *([f"{peer}, training alone", f"{value:.1f}", "", ""] for peer, value in seconds.items())])


if __name__ == "__main__":
    main()
