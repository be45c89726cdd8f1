"""Makes the reference files of the metrics with scikit-learn and SciPy.

    pip install scikit-learn==1.9.1 scipy==1.17.1
    python make.py        (writes into its own folder; the files are committed)
"""

import csv
import pathlib

import numpy as np
from scipy.stats import beta, binomtest
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    roc_auc_score,
    roc_curve,
)

FOLDER = pathlib.Path(__file__).parent
FPRS = [0.5, 0.1, 0.05, 0.01, 0.002]
SHARES = [0.5, 0.1, 0.001]


def write(name, header, rows):
    with open(FOLDER / name, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def case(random, rows, share, digits):
    """Scores in [0, 1], rounded to `digits` so that few digits give many ties."""
    malicious = random.random(rows) < share
    malicious[0], malicious[1] = True, False
    scores = np.where(malicious, random.beta(3, 1.5, rows), random.beta(1.5, 4, rows))
    return np.round(scores, digits), malicious


def class_weights(malicious, share):
    count = malicious.sum()
    return np.where(malicious, share / count, (1 - share) / (len(malicious) - count))


def main():
    random = np.random.default_rng(20190701)
    score_rows, metric_rows = [], []
    for number, (rows, share, digits) in enumerate(
        [(20, 0.5, 1), (300, 0.3, 2), (2000, 0.05, 6), (1000, 0.02, 1), (2, 0.5, 3)]
    ):
        scores, malicious = case(random, rows, share, digits)
        score_rows += [(number, repr(float(s)), int(m)) for s, m in zip(scores, malicious)]

        def add(metric, argument, value):
            metric_rows.append((number, metric, argument, repr(float(value))))

        add("roc_auc", "", roc_auc_score(malicious, scores))
        add("average_precision", "", average_precision_score(malicious, scores))
        add("brier", "", brier_score_loss(malicious, scores))
        for target in SHARES:
            weights = class_weights(malicious, target)
            add(
                "average_precision_at_share",
                target,
                average_precision_score(malicious, scores, sample_weight=weights),
            )
            add(
                "brier_at_share",
                target,
                brier_score_loss(malicious, scores, sample_weight=weights),
            )
        fpr, tpr, _ = roc_curve(malicious, scores, drop_intermediate=False)
        for limit in FPRS:
            add("tpr_at_fpr", limit, tpr[fpr <= limit].max())
    write("scores.csv", ["case", "score", "malicious"], score_rows)
    write("metrics.csv", ["case", "metric", "argument", "value"], metric_rows)

    interval_rows = []
    for trials in [1, 2, 9, 10, 33, 100, 3000, 54321, 1_000_000, 20_000_000]:
        counts = {0, 1, 2, trials // 1000, trials // 10, trials // 3, trials // 2, trials - 1, trials}
        for successes in sorted(count for count in counts if count <= trials):
            for confidence in [0.9, 0.95, 0.999]:
                # binomtest searches with an absolute tolerance, so small ends have few right digits:
                # the quantiles are written and only compared with it.
                tail = (1 - confidence) / 2
                failures = trials - successes
                low = beta.ppf(tail, successes, failures + 1) if successes else 0.0
                high = beta.isf(tail, successes + 1, failures) if failures else 1.0
                exact = binomtest(successes, trials).proportion_ci(confidence, "exact")
                assert abs(low - exact.low) < 1e-9 and abs(high - exact.high) < 1e-9
                if successes == trials:
                    bound = 1.0
                else:
                    bound = beta.ppf(confidence, successes + 1, trials - successes)
                row = [successes, trials, confidence, low, high, bound]
                interval_rows.append([repr(v) if isinstance(v, float) else v for v in map(
                    lambda v: float(v) if isinstance(v, np.floating) else v, row)])
    write("intervals.csv", ["successes", "trials", "confidence", "low", "high", "upper_bound"], interval_rows)


main()
