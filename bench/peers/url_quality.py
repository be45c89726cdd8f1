"""URL quality: ringtrue beside both rivals of the peer kit, on the same rows, in one run.

Rows: PhishTank first seen from 2018-10-25 on and benign links seen from 2014 on; training before 2019-07-01; judged on
2019-07..2019-10 and on 2020-2021. The rivals' features, parameters and seeds come from the kit. Everybody scores the same rows,
and one function computes everybody's figures. The bootstrap is paired: each resample takes the same rows from both.

    python url_quality.py --data DIR --kit DIR --ringtrue PATH
"""
import json
import os
import tempfile

import measure
import rivals

WINDOWS = {"2019-07..10": ("2019-07-01", "2019-11-01"), "2020-2021": ("2020-01-01", "2022-01-01")}
RATES = (1e-2, 1e-3)
FIGURES = ("ROC AUC", "TPR at 1e-2", "TPR at 1e-3")
RESAMPLES = 1000
SEED = 1


def within(line, window):
    begin, end = window
    return begin <= line["first_seen"][:10] < end


def ours(ringtrue, lines, folder):
    """Trains by one `run`; returns scores and `try` figures by window, and what ingest and run cost."""
    everything = os.path.join(folder, "urls.csv")
    measure.write_rows(everything, rivals.COLUMNS, lines)
    ingest = measure.run([ringtrue, "ingest", "--kind", "url", "--store", os.path.join(folder, "store"), everything])
    run = measure.run([ringtrue, "run", "--kind", "url", "--train-before", rivals.CUT, "--out", os.path.join(folder, "out"), everything], expected=(0, 3))
    detector = os.path.join(folder, "out", "detector")
    scores, told = {}, {}
    for name, window in WINDOWS.items():
        judged, bare = os.path.join(folder, "judged.csv"), os.path.join(folder, "bare.csv")
        chosen = [line for line in lines if within(line, window)]
        measure.write_rows(judged, rivals.COLUMNS, chosen)
        measure.write_rows(bare, ["url"], chosen)
        told[name] = json.loads(measure.run([ringtrue, "try", "--detector", detector, "--json", judged], expected=(0, 3)).output)
        scores[name] = measure.scores(ringtrue, detector, bare)[0]
    recommended = json.load(open(os.path.join(folder, "out", "report.json"), encoding="utf-8"))["data"]["recommended"]
    return scores, told, ingest, run, recommended


class Ranking:
    """Rows sorted by score once, so that the figures of a resample are two running sums."""

    def __init__(self, numpy, malicious, scores):
        self.numpy = numpy
        self.order = numpy.argsort(-scores, kind="stable")
        self.last = numpy.r_[numpy.nonzero(numpy.diff(scores[self.order]))[0], len(scores) - 1]
        self.bad = malicious[self.order]

    def figures(self, counts=None):
        """ROC AUC (ties half) and the best TPR whose FPR does not exceed each rate (ties against); rows as often as `counts` says."""
        numpy = self.numpy
        weights = numpy.ones(len(self.order)) if counts is None else counts[self.order]
        bad = weights * self.bad
        true = numpy.r_[0.0, numpy.cumsum(bad)[self.last]]
        false = numpy.r_[0.0, numpy.cumsum(weights - bad)[self.last]]
        true, false = true / true[-1], false / false[-1]
        area = float(numpy.sum(numpy.diff(false) * (true[1:] + true[:-1]) / 2))
        return [area] + [float(true[numpy.searchsorted(false, rate, side="right") - 1]) for rate in RATES]


def bootstrap(numpy, one, others, group):
    """95 % intervals of one less each of the others at each figure; whole groups are drawn, each resample for everybody the same."""
    random = numpy.random.RandomState(SEED)
    count = group.max() + 1
    found = {peer: [] for peer in others}
    for _ in range(RESAMPLES):
        weights = numpy.bincount(random.randint(0, count, count), minlength=count)[group].astype(float)
        ours_now = one.figures(weights)
        for peer, ranking in others.items():
            found[peer].append(numpy.subtract(ours_now, ranking.figures(weights)))
    return {peer: numpy.quantile(gaps, [0.025, 0.975], axis=0) for peer, gaps in found.items()}


def domains(lines):
    """The registrable domain of each row (the host where there is none), by the suffix list that tldextract carries."""
    import tldextract
    extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    parts = [extract(line["url"]) for line in lines]
    return [f"{part.domain}.{part.suffix}" if part.suffix else part.domain for part in parts]


def main():
    options = measure.arguments(__doc__.splitlines()[0])
    lines = rivals.real_rows(options.data)
    with tempfile.TemporaryDirectory() as folder:
        our_scores, told, ingest, run, recommended = ours(options.ringtrue, lines, folder)
    peers = rivals.trained(options.kit, lines)
    their_scores = {peer: {} for peer in peers}
    for name, window in WINDOWS.items():
        strings = rivals.urls([line for line in lines if within(line, window)])
        for peer, (score, _) in peers.items():
            their_scores[peer][name] = score(strings)
    import numpy
    quality, differences, nominal = [], [], []
    for name, window in WINDOWS.items():
        chosen = [line for line in lines if within(line, window)]
        malicious = numpy.array([line["label"] != "benign" for line in chosen], dtype=float)
        mine = Ranking(numpy, malicious, numpy.array(our_scores[name]))
        others = {peer: Ranking(numpy, malicious, by_window[name]) for peer, by_window in their_scores.items()}
        our_figures, reached = mine.figures(), {peer: ranking.figures() for peer, ranking in others.items()}
        counts = f"{int(malicious.sum()):,} + {int((1 - malicious).sum()):,}"
        for peer, values in [(f"ringtrue ({recommended})", our_figures), *reached.items()]:
            quality.append([name, counts, peer, *(f"{value:.4f}" for value in values)])
        by_row = bootstrap(numpy, mine, others, numpy.arange(len(chosen)))
        by_domain = bootstrap(numpy, mine, others, numpy.unique(domains(chosen), return_inverse=True)[1])
        for k, figure in enumerate(FIGURES):
            better = max(reached, key=lambda peer: reached[peer][k])
            gap = our_figures[k] - reached[better][k]
            intervals = (f"{low:+.4f} to {high:+.4f}" for low, high in (by_row[better][:, k], by_domain[better][:, k]))
            differences.append([name, figure, better, f"{gap:+.4f}", *intervals, f"{gap / (1 - reached[better][k]):.0%}"])
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
                   *([f"{peer}, training alone", f"{value:.1f}", "", ""] for peer, (_, value) in peers.items())])


if __name__ == "__main__":
    main()
