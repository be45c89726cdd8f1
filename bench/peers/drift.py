"""A detector frozen after month 3 against one that is retrained every month, on the simulated URL stream.

For each seed: simulate nine months; for every month 4..9 run on the stream up to that month's end, trained on what came before
the month. The run before month 4 is the frozen detector. Its own report gives the retrained figure of the month; the frozen
detector's come from the same `try` on each month's file. Both are also judged against the simulated truth, which the labels
(some delayed, some wrong) do not always tell.

    python drift.py --ringtrue PATH [--seeds 1,2,3] [--events 300000] [--judged 4,5,6,7,8,9]
"""
import json
import os
import tempfile

import measure

MONTHS = 9


def true_positive_rate(malicious, scores, false_positive_rate):
    """Share of the malicious above the lowest threshold that at most this share of the benign reach; ties count against."""
    benign = sorted((score for score, bad in zip(scores, malicious) if not bad), reverse=True)
    threshold = benign[int(false_positive_rate * len(benign))]
    caught = [score > threshold for score, bad in zip(scores, malicious) if bad]
    return sum(caught) / len(caught)


def judge(ringtrue, detector, path, lines):
    """TPR at FPR 1e-2 of one month: by its labels (from `try`) and by the truth (from `score`)."""
    told = json.loads(measure.run([ringtrue, "try", "--detector", detector, "--json", path], expected=(0, 3)).output)
    scores, _ = measure.scores(ringtrue, detector, path)
    labelled = told["tpr_at_fpr"]["0.01"]
    true = true_positive_rate([line["truth"] != "benign" for line in lines], scores, 0.01)
    return labelled and labelled["value"], true


def one_seed(ringtrue, seed, events, judged, folder):
    """Rows of (month, frozen by label, retrained by label, frozen by truth, retrained by truth)."""
    stream = os.path.join(folder, "stream.csv")
    measure.run([ringtrue, "simulate", "url", "--months", str(MONTHS), "--events", str(events), "--seed", str(seed), "--out", stream])
    lines = list(measure.rows(stream))
    columns = list(lines[0])
    months = sorted({line["first_seen"][:7] for line in lines})
    frozen, result = None, []
    for number in (month - 1 for month in judged):
        month = months[number]
        until, only = os.path.join(folder, f"until-{number}.csv"), os.path.join(folder, f"month-{number}.csv")
        inside = [line for line in lines if line["first_seen"][:7] == month]
        measure.write_rows(until, columns, (line for line in lines if line["first_seen"][:7] <= month))
        measure.write_rows(only, columns, inside)
        out = os.path.join(folder, f"out-{number}")
        cost = measure.run([ringtrue, "run", "--kind", "url", "--train-before", f"{month}-01", "--out", out, until], expected=(0, 3))
        detector = os.path.join(out, "detector")
        frozen = frozen or detector
        report = json.load(open(os.path.join(out, "report.json"), encoding="utf-8"))["data"]
        retrained = judge(ringtrue, detector, only, inside)
        stale = judge(ringtrue, frozen, only, inside)
        result.append((number + 1, stale[0], retrained[0], stale[1], retrained[1]))
        print(f"seed {seed} month {number + 1}: frozen {stale}, retrained {retrained}, {report['recommended']}, "
              f"{cost.cpu_seconds:.0f} s CPU", flush=True)
        os.remove(until)
    return result


def main():
    options = measure.arguments(__doc__.splitlines()[0], seeds="1,2,3", events=300_000, judged="4,5,6,7,8,9")
    judged, lost = [int(month) for month in options.judged.split(",")], []
    for seed in options.seeds.split(","):
        with tempfile.TemporaryDirectory() as folder:
            found = one_seed(options.ringtrue, int(seed), options.events, judged, folder)
        measure.table(f"seed {seed}: TPR at FPR 1e-2", ["month", "frozen, by label", "retrained, by label", "frozen, by truth", "retrained, by truth"],
                      [[row[0], *(f"{value:.3f}" for value in row[1:])] for row in found])
        lost.append([seed, *(f"{100 * (found[0][k] - found[-1][k]):.1f}" for k in range(1, 5))])
    measure.table("points lost from month 4 to month 9 (required: frozen at least 10, retrained at most 3)",
                  ["seed", "frozen, by label", "retrained, by label", "frozen, by truth", "retrained, by truth"], lost)


if __name__ == "__main__":
    main()
