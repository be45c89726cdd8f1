"""Tables: ringtrue beside plain LightGBM on NSL-KDD's official split, and a table that cannot be judged (kdd99_smtp).

Plain LightGBM is the library with its default parameters on the columns that the task leaves (`nsl.toml` beside this file), text
columns as its categories. On kdd99_smtp (30 malicious rows of 95,156) ringtrue has to say that it cannot tell: rates null with a
reason, nothing recommended, exit status 3.

    python tables.py --data DIR --ringtrue PATH
"""
import json
import os
import sys
import tempfile

import measure

TASK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "nsl.toml")
DROPPED = ["attack", "category", "difficulty", "in_test21"]
ROUNDS = (100, 300)
ALLOWED_LOSS = 0.005


def scored(ringtrue, data, folder):
    """Figures of `try` on the test file and the costs of `run`."""
    measure.run([ringtrue, "task", "check", TASK])
    out = os.path.join(folder, "nsl")
    run = measure.run([ringtrue, "run", "--task", TASK, "--out", out, measure.find(data, "nsl_kdd_train.csv.gz")], expected=(0, 3))
    told = measure.run([ringtrue, "try", "--detector", os.path.join(out, "detector"), "--json", measure.find(data, "nsl_kdd_test.csv.gz")], expected=(0, 3))
    report = json.load(open(os.path.join(out, "report.json"), encoding="utf-8"))["data"]
    return json.loads(told.output), report["recommended"], run


def plain(data):
    """ROC AUC and TPR at FPR 1e-2 of plain LightGBM by number of rounds."""
    import lightgbm
    import pandas
    from sklearn.metrics import roc_auc_score, roc_curve
    train, test = (pandas.read_csv(measure.find(data, f"nsl_kdd_{part}.csv.gz")).drop(columns=DROPPED, errors="ignore") for part in ("train", "test"))
    for column in train.columns:
        if not pandas.api.types.is_numeric_dtype(train[column]):
            kind = pandas.CategoricalDtype(sorted(set(train[column])))
            train[column], test[column] = train[column].astype(kind), test[column].astype(kind)
    found = {}
    for rounds in ROUNDS:
        data_set = lightgbm.Dataset(train.drop(columns="label"), train["label"])
        model = lightgbm.train({"objective": "binary", "verbose": -1, "seed": 1, "num_threads": 2}, data_set, rounds)
        scores = model.predict(test.drop(columns="label"))
        false, true, _ = roc_curve(test["label"], scores, drop_intermediate=False)
        found[rounds] = (roc_auc_score(test["label"], scores), true[false <= 0.01].max())
    return found


def cannot_tell(ringtrue, data, folder):
    """The lines of a table that says what ringtrue makes of kdd99_smtp; a rate or a recommendation ends the script."""
    out = os.path.join(folder, "smtp")
    run = measure.run([ringtrue, "run", "--kind", "table", "--out", out, measure.find(data, "kdd99_smtp.csv.gz")], expected=(3,))
    report = json.load(open(os.path.join(out, "report.json"), encoding="utf-8"))["data"]
    if report["recommended"] is not None or any(report["tpr_at_fpr"].values()):
        sys.exit("kdd99_smtp: a rate or a recommendation was given")
    lines = [["exit status", run.status], ["recommended", "nothing"], ["why", report["why"]]]
    return lines + [[f"`{name}`", f"null: {reason}"] for name, reason in report["null_because"].items()]


def main():
    options = measure.arguments(__doc__.splitlines()[0])
    with tempfile.TemporaryDirectory() as folder:
        told, recommended, run = scored(options.ringtrue, options.data, folder)
        smtp = cannot_tell(options.ringtrue, options.data, folder)
    lines = [[f"plain LightGBM, {rounds} rounds", f"{auc:.4f}", f"{true:.4f}"] for rounds, (auc, true) in plain(options.data).items()]
    best = max(float(line[1]) for line in lines)
    at = told["tpr_at_fpr"]["0.01"]
    lines.insert(0, [f"ringtrue ({recommended})", f"{told['roc_auc']:.4f}", f"{at['value']:.4f}" if at else "null"])
    measure.table("NSL-KDD, official split", ["who", "ROC AUC", "TPR at FPR 1e-2"], lines)
    print(f"\nrequired ROC AUC: at least {best - ALLOWED_LOSS:.4f}; ringtrue run: {run.cpu_seconds:.1f} s CPU, {run.peak_mebibytes:.0f} MiB")
    measure.table("kdd99_smtp", ["what", "says"], smtp)


if __name__ == "__main__":
    main()
