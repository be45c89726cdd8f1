"""Makes the reference files of how variables go together with SciPy and NumPy.

    pip install numpy scipy==1.17.1
    python make.py        (writes into its own folder; the files are committed)
"""

import csv
import pathlib

import numpy as np
from scipy.stats import chi2, pearsonr, spearmanr
from scipy.stats.contingency import association, crosstab

FOLDER = pathlib.Path(__file__).parent


def write(name, header, rows):
    with open(FOLDER / name, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def information(counts):
    """Mutual information in nats, and less what chance shows (Miller 1955)."""
    shares = counts / counts.sum()
    first, second = shares.sum(1, keepdims=True), shares.sum(0, keepdims=True)
    came = shares > 0
    plain = float((shares[came] * np.log(shares[came] / (first @ second)[came])).sum())
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return plain, max(0.0, plain - float(freedom / (2 * counts.sum())))


def main():
    random = np.random.default_rng(5)
    values, figures = [], []
    for name, rows, digits, noise in [
        ("smooth", 200, 12, 0.5),
        ("tied", 300, 0, 1.0),
        ("weak", 500, 1, 20.0),
        ("few", 12, 1, 0.3),
        ("large", 100, 3, 1e6),
    ]:
        one = np.round(random.normal(0, 2, rows), digits)
        other = np.round(np.exp(one / 2) - noise * random.normal(0, 1, rows), digits)
        values += [(name, repr(float(a)), repr(float(b))) for a, b in zip(one, other)]
        figures.append((name, "pearson", repr(float(pearsonr(one, other).statistic))))
        figures.append((name, "spearman", repr(float(spearmanr(one, other).statistic))))
    for name, rows, height, width, pull in [
        ("square", 400, 3, 3, 0.5),
        ("wide", 900, 2, 9, 0.2),
        ("independent", 250, 4, 5, 0.0),
        ("decided", 60, 4, 4, 1.0),
    ]:
        one = random.integers(0, height, rows)
        free = random.integers(0, width, rows)
        other = np.where(random.random(rows) < pull, one % width, free)
        values += [(name, int(a), int(b)) for a, b in zip(one, other)]
        counts = np.asarray(crosstab(one, other).count)
        plain, corrected = information(counts)
        expected = counts.sum(1, keepdims=True) @ counts.sum(0, keepdims=True) / counts.sum()
        statistic = float(((counts - expected) ** 2 / expected).sum())
        freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
        figures.append((name, "cramers_v", repr(float(association(counts, method="cramer")))))
        figures.append((name, "information", repr(plain)))
        figures.append((name, "corrected_information", repr(corrected)))
        figures.append((name, "tail", repr(float(chi2.sf(statistic, freedom)))))
    write("pairs.csv", ["case", "one", "other"], values)
    write("associations.csv", ["case", "figure", "value"], figures)


main()
