"""URL quality on windows and sources that nobody looked at while ringtrue was designed: ringtrue beside both rivals of the peer kit.

Every window has its own cut: everybody trains on the rows before it, from scratch, and is judged on the rows after it. The list was
written down before any of it was run. PhishTank before 2018-10-25 holds what was still online then, and malicious rows are few before
2015, so each table says how many there were. Figures, bootstrap and rivals are those of `url_quality.py` and `rivals.py`.

    python unseen_windows.py --data DIR --kit DIR --ringtrue PATH [--only TEXT]
"""
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass

import measure
import rivals
import url_quality

PHISHING, BENIGN = (name for name, _ in rivals.FILES)
NOMINAL = 0.01


@dataclass
class Window:
    """Rows of each class from its own begin on; trained before `cut`, judged from there to before `end`."""

    name: str
    seen: str  # how far the judged rows were seen while ringtrue was designed
    benign_from: str
    malicious_from: str
    cut: str
    end: str


# Benign links before 2014 are almost all http, as phishing was: no training set mixes the eras.
WINDOWS = (
    Window("2012-10..12", "never", "2006", "2006", "2012-10-01", "2013-01-01"),
    Window("2013-01..06", "never", "2006", "2006", "2013-01-01", "2013-07-01"),
    Window("2013-07..12", "never", "2006", "2006", "2013-07-01", "2014-01-01"),
    Window("2015-07..12", "never", "2014", "2014", "2015-07-01", "2016-01-01"),
    Window("2016", "never", "2014", "2014", "2016-01-01", "2017-01-01"),
    Window("2017", "never", "2014", "2014", "2017-01-01", "2018-01-01"),
    Window("2018-01..09", "never", "2014", "2014", "2018-01-01", "2018-10-01"),
    Window("2018-11..12", "in folds", "2014", "2014", "2018-11-01", "2019-01-01"),
    Window("2019-01..03", "in folds", "2014", "2018-10-25", "2019-01-01", "2019-04-01"),
    Window("2019-04..06", "in folds", "2014", "2018-10-25", "2019-04-01", "2019-07-01"),
    Window("2019-11..12", "in a sum", "2014", "2018-10-25", "2019-11-01", "2020-01-01"),
    Window("2020-07..12", "other cut", "2014", "2018-10-25", "2020-07-01", "2021-01-01"),
    Window("2021", "other cut", "2014", "2018-10-25", "2021-01-01", "2022-01-01"),
)
# Other collectors' rows, judged by what was trained on the rows of the standard cut; spam is nobody's aim here.
OTHERS = {
    "pdd_2018": lambda data: list(measure.rows(measure.find(data, "pdd_2018.csv.gz"))),
    "iscx_url2016 without spam": lambda data: [line for line in measure.rows(measure.find(data, "iscx_url2016.csv.gz")) if line["label"] != "spam"],
    "urlhaus 2025 + benign 2021": lambda data: (list(measure.rows(measure.find(data, "urlhaus_online_2025.csv.gz")))
                                                + [line for line in measure.rows(measure.find(data, BENIGN)) if line["first_seen"] >= "2021"]),
}
# Files without dates, which get made-up days: a drawn half is trained on, so that nothing drifts.
HALVES = ("pdd_2018", "iscx_url2016 without spam")
HALF = "2001-01-01"


def window_rows(data, window):
    """The training and the judged rows of a window, in the order of `rivals.real_rows`."""
    lines = []
    for name, begin in ((PHISHING, window.malicious_from), (BENIGN, window.benign_from)):
        lines += [line for line in measure.rows(measure.find(data, name)) if begin <= line["first_seen"] < window.end]
    return sorted(lines, key=lambda line: line["first_seen"][:10])


def halves(lines, keys):
    """The rows with a made-up day in 2000 or 2001 each, which their key alone decides."""
    days = [int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) % 672 for key in keys]
    dates = [f"{2000 + day // 336}-{day // 28 % 12 + 1:02}-{day % 28 + 1:02}" for day in days]
    return sorted(({**line, "first_seen": date} for line, date in zip(lines, dates)), key=lambda line: line["first_seen"])


class Contest:
    """Everybody trained on the rows before one cut."""

    def __init__(self, options, folder, lines, cut):
        self.ringtrue, self.folder = options.ringtrue, folder
        self.train = [line for line in lines if line["first_seen"] < cut]
        rivals.CUT, url_quality.WINDOWS = cut, {}
        self.recommended = url_quality.ours(options.ringtrue, lines, folder)[-1]
        self.peers = rivals.trained(options.kit, lines)
        self.detector = os.path.join(folder, "out", "detector")
        with open(os.path.join(self.detector, "detector.json"), encoding="utf-8") as file:
            self.calibrated_on = json.load(file)["card"]["calibrated_on"][1]

    def judge(self, lines):
        """Our scores and `try` figures, and the scores of each rival."""
        judged, bare = (os.path.join(self.folder, name) for name in ("judged.csv", "bare.csv"))
        measure.write_rows(judged, rivals.COLUMNS, lines)
        measure.write_rows(bare, ["url"], lines)
        told = json.loads(measure.run([self.ringtrue, "try", "--detector", self.detector, "--json", judged], expected=(0, 3)).output)
        strings = rivals.urls(lines)
        return measure.scores(self.ringtrue, self.detector, bare)[0], told, {peer: score(strings) for peer, (score, _) in self.peers.items()}


def expected(calibrated_on, benign):
    """The false positives that 95 of 100 tries would show if later benign rows were drawn as the calibrating ones were (the threshold lies
    above all but `NOMINAL` of those: its own noise counts), and how often 0.01 would then lie inside the Clopper-Pearson interval."""
    import numpy
    from scipy.stats import beta, betabinom
    allowed = int(NOMINAL * calibrated_on + 1e-9)
    drawn = betabinom(benign, allowed + 1, calibrated_on - allowed)
    count = numpy.arange(benign + 1)
    low = numpy.where(count > 0, beta.ppf(0.025, count, benign - count + 1), 0.0)
    high = numpy.where(count < benign, beta.ppf(0.975, count + 1, benign - count), 1.0)
    return int(drawn.ppf(0.025)), int(drawn.ppf(0.975)), float(drawn.pmf(count)[(low <= NOMINAL) & (high >= NOMINAL)].sum())


class Tables:
    """What was found, one row a window or more."""

    def __init__(self):
        self.quality, self.differences, self.nominal = [], [], []

    def add(self, name, seen, contest, chosen):
        import numpy
        scores, told, theirs = contest.judge(chosen)
        malicious = numpy.array([line["label"] != "benign" for line in chosen], dtype=float)
        mine = url_quality.Ranking(numpy, malicious, numpy.array(scores))
        others = {peer: url_quality.Ranking(numpy, malicious, found) for peer, found in theirs.items()}
        figures, reached = mine.figures(), {peer: ranking.figures() for peer, ranking in others.items()}
        benign = len(chosen) - int(malicious.sum())
        told_apart = [True, *(benign * rate >= 1 for rate in url_quality.RATES)]  # below one false positive a rate is not seen
        trained = sum(line["label"] != "benign" for line in contest.train)
        counts = [f"{trained:,} + {len(contest.train) - trained:,}", f"{len(chosen) - benign:,} + {benign:,}"]
        for peer, values in [(f"ringtrue ({contest.recommended})", figures), *reached.items()]:
            self.quality.append([name, seen, *counts, peer, *(f"{value:.4f}" if shown else "too few" for value, shown in zip(values, told_apart))])
        by_row = url_quality.bootstrap(numpy, mine, others, numpy.arange(len(chosen)))
        by_domain = url_quality.bootstrap(numpy, mine, others, numpy.unique(url_quality.domains(chosen), return_inverse=True)[1])
        for k, figure in enumerate(url_quality.FIGURES):
            if not told_apart[k]:
                continue
            better = max(reached, key=lambda peer: reached[peer][k])
            intervals = (f"{low:+.4f} to {high:+.4f}" for low, high in (by_row[better][:, k], by_domain[better][:, k]))
            self.differences.append([name, seen, figure, better, f"{figures[k] - reached[better][k]:+.4f}", *intervals])
        at = told["nominal_fpr"][str(NOMINAL)]
        if at["fpr"]:
            count = round(at["fpr"]["value"] * told["benign"])
            low, high, chance = expected(contest.calibrated_on, told["benign"])
            self.nominal.append([name, seen, contest.calibrated_on, f"{count} of {told['benign']:,}", f"{at['fpr']['value']:.4f}",
                                 f"{at['fpr']['low']:.4f} to {at['fpr']['high']:.4f}", "yes" if at["fpr"]["low"] <= NOMINAL <= at["fpr"]["high"] else "no",
                                 f"{low} to {high}", "yes" if low <= count <= high else "no", f"{chance:.0%}", f"{at['tpr']['value']:.4f}" if at["tpr"] else "too few"])
        else:
            self.nominal.append([name, seen, contest.calibrated_on, "too few", *[""] * 7])
        print(f"{name}: judged", flush=True)

    def show(self):
        measure.table("Quality", ["judged", "rows seen before", "trained on, malicious + benign", "judged, malicious + benign", "who", *url_quality.FIGURES], self.quality)
        measure.table("ringtrue less the better rival, paired bootstrap", ["judged", "rows seen before", "figure", "better rival", "difference", "95 % by row", "95 % by domain"], self.differences)
        measure.table("Threshold for a nominal FPR of 1e-2", ["judged", "rows seen before", "benign calibrating", "false positives", "FPR found", "95 % (Clopper-Pearson)", "0.01 inside",
                                                              "expected without drift (95 %)", "found inside that", "chance of 0.01 inside without drift", "TPR found"], self.nominal)


def main():
    options = measure.arguments(__doc__.splitlines()[0], only="")
    tables = Tables()
    for window in WINDOWS:
        if options.only in window.name:
            lines = window_rows(options.data, window)
            with tempfile.TemporaryDirectory() as folder:
                tables.add(window.name, window.seen, Contest(options, folder, lines, window.cut), [line for line in lines if line["first_seen"] >= window.cut])
    if any(options.only in name for name in OTHERS):
        with tempfile.TemporaryDirectory() as folder:
            contest = Contest(options, folder, rivals.real_rows(options.data), "2019-07-01")
            known = {line["url"] for line in contest.train}
            for name, read in OTHERS.items():
                if options.only in name:
                    tables.add(name, "other cut" if "2021" in name else "never", contest, [line for line in read(options.data) if line["url"] not in known])
    for name in HALVES:
        for kept_together, keys in (("row", lambda lines: [line["url"] for line in lines]), ("domain", url_quality.domains)):
            label = f"half of {name}, by {kept_together}"
            if options.only in label:
                lines = OTHERS[name](options.data)
                lines = halves(lines, keys(lines))
                with tempfile.TemporaryDirectory() as folder:
                    tables.add(label, "never", Contest(options, folder, lines, HALF), [line for line in lines if line["first_seen"] >= HALF])
    tables.show()


if __name__ == "__main__":
    main()
