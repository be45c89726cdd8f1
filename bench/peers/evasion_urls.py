"""PhishTank URLs that are changed until the detector allows them: how many it still finds at FPR 1e-2, as it is and hardened.

Trained on every 40th PhishTank URL and every 10th dated benign link before July 2019; of the later ones, benign links give the threshold at FPR 1e-2
and phishing URLs are attacked. The attacker borrows from the benign links that were trained on.

    python evasion_urls.py --data DIR --ringtrue PATH [--rows 500] [--queries 100] [--rounds 2] [--seed 1]
"""
import json
import os
import tempfile

import measure
from evasion import trained

CUT = "2019-07-01"
RATE = 0.01
PARTS = (("phishtank_2008_2021.csv.gz", 40), ("benign_links_dated_2006_2021.csv.gz", 10))


COLUMNS = ("url", "label", "first_seen", "source")


def rows(data):
    for name, step in PARTS:
        yield from list(measure.rows(measure.find(data, name)))[::step]


def write(path, lines):
    measure.write_rows(path, COLUMNS, lines)


def ways(queries):
    yield "nothing, four changes", ["--knowledge", "nothing", "--changes", "4"]
    yield f"verdicts, {queries} queries", ["--knowledge", "verdicts", "--queries", str(queries)]
    yield f"scores, {queries} queries", ["--knowledge", "scores", "--queries", str(queries)]


def found_at(curve, cost):
    return [point["found"] for point in curve if point["cost"] <= cost][-1]


def main():
    options = measure.arguments(__doc__.splitlines()[0], rows=500, queries=100, seed=1, rounds=2)
    every = list(rows(options.data))
    early, late = [row for row in every if row["first_seen"] < CUT], [row for row in every if row["first_seen"] >= CUT]
    table = []
    with tempfile.TemporaryDirectory() as folder:
        at = {name: os.path.join(folder, name + ".csv") for name in ("train", "quiet", "held", "material")}
        write(at["train"], early)
        write(at["material"], [row for row in early if row["label"] == "benign"][:5000])
        write(at["quiet"], [row for row in late if row["label"] == "benign"])
        phishing = [row for row in late if row["label"] != "benign"]
        write(at["held"], phishing[::max(1, len(phishing) // options.rows)][:options.rows])
        for detector, how in trained(options.rounds):
            out = os.path.join(folder, detector.replace(" ", "-"))
            measure.run([options.ringtrue, "run", "--kind", "url", "--retrain", "0", "--attack-events", "100", *how, "--out", out, at["train"]], expected=(0, 1, 3))
            folder_of = os.path.join(out, "detector")
            scored = measure.run([options.ringtrue, "score", "--detector", folder_of, "--reasons", "0", at["quiet"]])
            margins = sorted((json.loads(line)["margin"] for line in scored.output.splitlines()), reverse=True)
            threshold = margins[int(RATE * len(margins))]
            for name, way in ways(options.queries):
                attack = [options.ringtrue, "attack", "--detector", folder_of, "--artefacts", "--json", "--seed", str(options.seed),
                          "--threshold-margin", repr(threshold), "--material", at["material"], *way, at["held"]]
                closing = json.loads(measure.run(attack).output.splitlines()[-1])
                events, curve = closing["events"], closing["curve"]
                table.append([detector, name, events, f"{curve[0]['found'] / events:.3f}", *(f"{found_at(curve, cost) / events:.3f}" for cost in (0.1, 0.5, 1, 5, 60))])
    measure.table("Phishing URLs found at FPR 1e-2 before and after the attack",
                  ["detector", "attacker knows", "URLs", "clean", "after 0.1 minutes", "0.5", "1", "5", "60"], table)


if __name__ == "__main__":
    main()
