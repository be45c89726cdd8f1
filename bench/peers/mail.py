"""Mail quality: ringtrue beside bogofilter, SpamAssassin, Rspamd and TF-IDF with logistic regression, on the same messages, in one run.

Five rolling windows: the SpamAssassin corpus by date (then id); the newest half in five slices of equal size, each judged by
what was trained on all messages before it. Messages of the same second are never parted. The kit strips the verdict headers
(X-Spam-*, X-Bogosity, X-Rspamd-*) and its recipes train and run the rivals, on every message of a window: nobody is sampled.
Then SpamAssassin -> CSDMC, where other people collected the mail: with the shape of headers left out, and, confounded (all
ham there is from mailing lists), with it. One function computes everybody's figures; each resample of the bootstrap takes
the same messages from all.

    python mail.py --data DIR --kit DIR --ringtrue PATH [--rivals tfidf,bogofilter,rspamd,spamassassin] [--scores FILE]

`--rivals none` measures ringtrue alone. `--scores FILE` keeps the rivals' scores: those that the file holds are not run again,
others are added to it. SpamAssassin scores about 8 messages a second of CPU; everybody else is done in minutes.
The filters are Debian packages: see email_filters.sh of the kit.
"""
import base64
import gzip
import json
import os
import statistics
import sys
import tempfile
import time

import measure

CORPUS, ELSEWHERE = "email_spamassassin_2002.jsonl.gz", "email_csdmc_2006_2010.jsonl.gz"
WINDOWS = 5
FIGURES = ("1-AUC %", "TPR at 1e-2", "TPR at 1e-3")
RATES = (1e-2, 1e-3)
RESAMPLES, SEED = 1000, 1
COPIES, REPEATS = 3, 3
RIVALS = {
    "tfidf": "TF-IDF(1,2) + LR",
    "bogofilter": "bogofilter",
    "rspamd": "Rspamd",
    "spamassassin": "SpamAssassin",
}
NO_SHAPE = 'format = 1\nname = "mail"\nkind = "email"\n\n[email]\nheader_shape = false\n'


def messages(kit, path):
    """The messages of a file as the kit orders and strips them: (date, id, malicious, bytes)."""
    found = []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in map(json.loads, file):
            raw = base64.b64decode(line["raw"]) if line["enc"] == "base64" else line["raw"].encode()
            found.append((line["date"], line["id"], int(line["label"] != "ham"), kit.strip(raw)))
    return sorted(found, key=lambda message: message[:2])


def windows(corpus):
    """(name, what is trained on, what is judged) of each rolling window."""
    half = len(corpus) // 2
    cuts = [half + (len(corpus) - half) * k // WINDOWS for k in range(WINDOWS + 1)]
    for k in range(WINDOWS):
        while 0 < cuts[k] and corpus[cuts[k]][0] == corpus[cuts[k] - 1][0]:
            cuts[k] -= 1
    for begin, end in zip(cuts, cuts[1:]):
        yield f"{corpus[begin][0][:10]}..{corpus[end - 1][0][:10]}", corpus[:begin], corpus[begin:end]


# ---------- ringtrue ----------


def write(path, lines, labelled=True):
    """Writes messages as NDJSON; bytes that are no UTF-8 go as Base64."""
    with open(path, "w", encoding="utf-8") as file:
        for date, name, malicious, raw in lines:
            try:
                line = {"id": name, "raw": raw.decode("utf-8"), "enc": "utf-8"}
            except UnicodeDecodeError:
                line = {"id": name, "raw": base64.b64encode(raw).decode("ascii"), "enc": "base64"}
            line["date"] = date
            if labelled:
                line["label"] = "malicious" if malicious else "benign"
            file.write(json.dumps(line) + "\n")


def ours(ringtrue, train, test, folder, task=""):
    """Trains by one `run`; returns the scores of `test`, the detector's folder, the name of what it recommends, and the cost.

    Messages later than all trained on stand in the file too, from `--train-before` on: given the training part alone, `run` would
    keep its newest quarter for its own trial, and the detector would not know the newest mail. They are judged, never learned from.
    """
    everything, judged, out = (os.path.join(folder, name) for name in ("all.ndjson", "judged.ndjson", "out"))
    later = [message for message in test if message[0] > train[-1][0]]
    write(everything, train + later)
    write(judged, test, labelled=False)
    command = [ringtrue, "run", "--train-before", later[0][0], "--retrain", "0", "--out", out]
    if task:
        path = os.path.join(folder, "task.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(task)
        command += ["--task", path]
    else:
        command += ["--kind", "email"]
    cost = measure.run([*command, everything], expected=(0, 3))
    detector = os.path.join(out, "detector")
    scores, _ = measure.scores(ringtrue, detector, judged)
    if len(scores) != len(test):
        sys.exit(f"{len(scores)} scores of {len(test)} messages")
    recommended = json.load(open(os.path.join(out, "report.json"), encoding="utf-8"))["data"]["recommended"]
    return scores, detector, recommended, cost


def our_speed(ringtrue, detector, lines, folder):
    """Messages a second of CPU: the whole process on COPIES of the messages, less the same process on one."""
    large, one = os.path.join(folder, "large.ndjson"), os.path.join(folder, "one.ndjson")
    write(large, lines * COPIES, labelled=False)
    write(one, lines[:1], labelled=False)
    command = [ringtrue, "score", "--detector", detector, "--reasons", "0"]
    seconds = {}
    for path in (one, large):
        seconds[path] = statistics.median(measure.run([*command, path], discard_output=True).cpu_seconds for _ in range(REPEATS))
    return COPIES * len(lines) / (seconds[large] - seconds[one]), seconds[one]


# ---------- rivals, by the kit's own recipes ----------


def recipes(kit):
    """The kit's recipes by name; 0 asks Rspamd and SpamAssassin for every message (`sample` is replaced)."""
    return {
        "tfidf": lambda: kit.sklearn_(None),
        "bogofilter": lambda: kit.bogofilter(None),
        "rspamd": lambda: kit.rspamd(None, 0),
        "spamassassin": lambda: kit.spamassassin(None, 0),
    }


def theirs(kit, name, train, test):
    """Scores of one rival for `test`, by the kit's recipe trained on `train`, and the kit's lines of cost."""
    scored, costs = [], []

    def quality(lines, values):
        scored.append((len(lines), [float(value) for value in values]))
        return {"auc": 0.0}  # asked for by one recipe and not used here

    kit.mails = lambda data: (train, test)
    kit.sample = lambda lines, count: lines
    kit.q = quality
    kit.c.emit = lambda peer, version, work, n, seconds, **more: costs.append(
        {"peer": peer, "version": version, "work": work, "n": n, "cpu_seconds": float(more.get("cpu_seconds") or 0.0)})
    recipes(kit)[name]()
    # The first scoring is the full one (SpamAssassin's second one is of its rules alone, Rspamd's of its Bayes symbol).
    count, values = scored[0]
    if count != len(test):
        sys.exit(f"{name}: {count} scores of {len(test)} messages")
    return values, costs


def rival_scores(kit, name, window, train, test, path, kept):
    """As `theirs`, from `kept` if it holds the same messages; what is run is added to the file at `path`."""
    key = f"{name} {window}"
    names = [message[1] for message in test]
    held = kept.get(key)
    if held and held["names"] == names and held["trained_on"] == len(train):
        return held["scores"], held["costs"]
    begin = time.time()
    values, costs = theirs(kit, name, train, test)
    print(f"{key}: {time.time() - begin:.0f} s", file=sys.stderr, flush=True)
    kept[key] = {"key": key, "trained_on": len(train), "names": names, "scores": values, "costs": costs}
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(kept[key]) + "\n")
    return values, costs


def read_kept(path):
    """The rivals' scores of a file that an earlier run wrote."""
    if not path or not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return {line["key"]: line for line in map(json.loads, file)}


def their_speed(costs):
    """Messages a second of CPU in the kit's first scoring, and its version."""
    for cost in costs:
        if cost["work"].startswith("score") and cost["cpu_seconds"]:
            return cost["n"] / cost["cpu_seconds"], cost["version"]
    return None, costs[0]["version"] if costs else "?"


# ---------- figures ----------


class Ranking:
    """Messages sorted by score once, so that the figures of a resample are two running sums."""

    def __init__(self, numpy, malicious, scores):
        self.numpy = numpy
        scores = numpy.asarray(scores, dtype=float)
        self.order = numpy.argsort(-scores, kind="stable")
        self.last = numpy.r_[numpy.nonzero(numpy.diff(scores[self.order]))[0], len(scores) - 1]
        self.bad = malicious[self.order]

    def figures(self, counts=None):
        """1-AUC in percent (ties half), and the best TPR whose FPR does not exceed each rate (ties against)."""
        numpy = self.numpy
        weights = numpy.ones(len(self.order)) if counts is None else counts[self.order]
        bad = weights * self.bad
        true = numpy.r_[0.0, numpy.cumsum(bad)[self.last]]
        false = numpy.r_[0.0, numpy.cumsum(weights - bad)[self.last]]
        true, false = true / true[-1], false / false[-1]
        area = float(numpy.sum(numpy.diff(false) * (true[1:] + true[:-1]) / 2))
        return [100 * (1 - area)] + [float(true[numpy.searchsorted(false, rate, side="right") - 1]) for rate in RATES]


def drawn(numpy, random, malicious, group):
    """How often each message is drawn: within each class, whole groups, so that no class is ever absent."""
    counts = numpy.zeros(len(malicious))
    for label in (0, 1):
        members = numpy.nonzero(malicious == label)[0]
        inside = numpy.unique(group[members], return_inverse=True)[1]
        size = inside.max() + 1
        counts[members] = numpy.bincount(random.randint(0, size, size), minlength=size)[inside]
    return counts


def gaps(numpy, judged, one, others, groups):
    """95 % intervals of one's MEAN over the windows less that of each other, at each figure."""
    random = numpy.random.RandomState(SEED)
    found = {peer: [] for peer in others}
    rankings = [({peer: Ranking(numpy, malicious, scores[peer]) for peer in [one, *others]}, malicious, group)
                for (malicious, scores), group in zip(judged, groups)]
    for _ in range(RESAMPLES):
        sums = {peer: numpy.zeros(len(FIGURES)) for peer in [one, *others]}
        for ranking, malicious, group in rankings:
            weights = drawn(numpy, random, malicious, group)
            for peer in sums:
                sums[peer] += ranking[peer].figures(weights)
        for peer in others:
            found[peer].append((sums[one] - sums[peer]) / len(judged))
    return {peer: numpy.quantile(values, [0.025, 0.975], axis=0) for peer, values in found.items()}


def senders(lines):
    """Who sent each message: the address of From in lower case, the message itself where there is none."""
    import email
    import email.utils
    found = []
    for _, name, _, raw in lines:
        try:
            address = email.utils.parseaddr(str(email.message_from_bytes(raw).get("From", "")))[1].lower()
        except Exception:
            address = ""
        found.append(address or name)
    return found


def shown(values):
    return [f"{values[0]:.3f}", *(f"{value:.3f}" for value in values[1:])]


def main():
    options = measure.arguments(__doc__.splitlines()[0], rivals=",".join(RIVALS), scores="")
    asked = [name for name in options.rivals.split(",") if name and name != "none"]
    unknown = [name for name in asked if name not in RIVALS]
    if unknown:
        sys.exit(f"no such rival: {', '.join(unknown)}; there are {', '.join(RIVALS)}")
    sys.path.insert(0, os.path.abspath(options.kit))
    import email_filters as kit
    import numpy

    corpus = messages(kit, measure.find(options.data, CORPUS))
    elsewhere = messages(kit, measure.find(options.data, ELSEWHERE))
    kept = read_kept(options.scores)
    judged, groups, quality, costs, recommended_by = [], [], [], {}, []
    speed = start = None
    training = []
    parts = list(windows(corpus))
    for k, (window, train, test) in enumerate(parts):
        malicious = numpy.array([message[2] for message in test], dtype=float)
        scores = {}
        with tempfile.TemporaryDirectory() as folder:
            scores["ringtrue"], detector, recommended, cost = ours(options.ringtrue, train, test, folder)
            training.append(cost)
            recommended_by.append(recommended)
            if k == len(parts) - 1:
                speed, start = our_speed(options.ringtrue, detector, test, folder)
        for name in asked:
            scores[name], costs[name] = rival_scores(kit, name, window, train, test, options.scores, kept)
        judged.append((malicious, scores))
        groups.append(numpy.unique(senders(test), return_inverse=True)[1])
        for name, values in scores.items():
            quality.append([window, len(train), f"{int(malicious.sum())} + {int((1 - malicious).sum())}", RIVALS.get(name, name),
                            *shown(Ranking(numpy, malicious, values).figures())])
    means = {name: numpy.mean([Ranking(numpy, malicious, scores[name]).figures() for malicious, scores in judged], axis=0)
             for name in ["ringtrue", *asked]}
    measure.table("Windows", ["judged", "trained on", "spam + ham", "who", *FIGURES], quality)
    measure.table(f"Mean of {WINDOWS} windows (ringtrue recommended: {', '.join(map(str, recommended_by))})", ["who", *FIGURES],
                  [[RIVALS.get(name, name), *shown(values)] for name, values in means.items()])

    if asked:
        by_message = gaps(numpy, judged, "ringtrue", asked, [numpy.arange(len(group)) for group in groups])
        by_sender = gaps(numpy, judged, "ringtrue", asked, groups)
        lines = []
        for name in asked:
            for figure, label in enumerate(FIGURES):
                intervals = (f"{low:+.3f} to {high:+.3f}" for low, high in (by_message[name][:, figure], by_sender[name][:, figure]))
                lines.append([RIVALS[name], label, f"{means['ringtrue'][figure] - means[name][figure]:+.3f}", *intervals])
        measure.table(f"ringtrue less each rival, mean of {WINDOWS} windows, paired bootstrap ({RESAMPLES:,} resamples within window and class)",
                      ["rival", "figure", "difference", "95 % by message", "95 % by sender"], lines)

    malicious = numpy.array([message[2] for message in elsewhere], dtype=float)
    lines = []
    for who, task, note in (("ringtrue, header_shape = false", NO_SHAPE, "what it reads is the mail itself"),
                            ("ringtrue", "", "confounded: all ham there is from mailing lists")):
        with tempfile.TemporaryDirectory() as folder:
            values, _, recommended, _ = ours(options.ringtrue, corpus, elsewhere, folder, task)
        figures = Ranking(numpy, malicious, values).figures()
        lines.append([f"{who} ({recommended})", f"{1 - figures[0] / 100:.4f}", *shown(figures)[1:], note])
    for name in asked:
        values, _ = rival_scores(kit, name, "elsewhere", corpus, elsewhere, options.scores, kept)
        figures = Ranking(numpy, malicious, values).figures()
        note = "subject and text" if name == "tfidf" else "confounded: reads headers"
        lines.append([RIVALS[name], f"{1 - figures[0] / 100:.4f}", *shown(figures)[1:], note])
    measure.table(f"Trained on SpamAssassin's corpus ({len(corpus):,}), judged on CSDMC ({int(malicious.sum())} + {int((1 - malicious).sum())})",
                  ["who", "ROC AUC", *FIGURES[1:], "note"], lines)

    lines = [["ringtrue score, process", f"{speed:,.0f}", f"start-up {start:.2f} s CPU; `run` took {statistics.median(cost.cpu_seconds for cost in training):.1f} s CPU, "
              f"{max(cost.peak_mebibytes for cost in training):.0f} MiB"]]
    for name in asked:
        found, version = their_speed(costs[name])
        lines.append([f"{RIVALS[name]} {version}", f"{found:,.0f}" if found else "", "the kit's own measurement, newest window"])
    measure.table(f"Messages a second and core, from the raw message to the score ({len(parts[-1][2])} messages)", ["who", "messages/s of CPU", "note"], lines)


if __name__ == "__main__":
    main()
