"""URLs a second and core, from the raw string to the score: ringtrue's `score` beside both rivals of the peer kit.

ringtrue: the whole process (reading the CSV file, scoring, writing one JSON line for each URL) on all rows of the comparison, five
times over, less the same process on a file of one row. Rivals: the kit's scoring function on the same strings, already in memory,
nothing written. CPU seconds of all threads on both sides, the median of three, so the number of cores drops out.

    python url_speed.py --data DIR --kit DIR --ringtrue PATH [--detector DIR]
"""
import os
import statistics
import tempfile
import time

import measure
import rivals

COPIES = 5
REPEATS = 3


def ours(ringtrue, detector, lines, folder):
    """CPU seconds of start-up, CPU seconds beyond it, peak memory, for COPIES times the rows."""
    large, one = os.path.join(folder, "large.csv"), os.path.join(folder, "one.csv")
    measure.write_rows(large, ["url"], (line for _ in range(COPIES) for line in lines))
    measure.write_rows(one, ["url"], lines[:1])
    costs = {}
    for path in (one, large):
        command = [ringtrue, "score", "--detector", detector, "--reasons", "0", path]
        runs = [measure.run(command, discard_output=True) for _ in range(REPEATS)]
        costs[path] = statistics.median(run.cpu_seconds for run in runs), max(run.peak_mebibytes for run in runs)
    start = costs[one][0]
    return start, costs[large][0] - start, costs[large][1]


def theirs(score, strings):
    """CPU seconds of one scoring of all strings."""
    seconds = []
    for _ in range(REPEATS):
        begin = time.process_time()
        score(strings)
        seconds.append(time.process_time() - begin)
    return statistics.median(seconds)


def main():
    options = measure.arguments(__doc__.splitlines()[0], detector="")
    lines = rivals.real_rows(options.data)
    with tempfile.TemporaryDirectory() as folder:
        detector = options.detector
        if not detector:
            path, out = os.path.join(folder, "urls.csv"), os.path.join(folder, "out")
            measure.write_rows(path, rivals.COLUMNS, lines)
            measure.run([options.ringtrue, "run", "--kind", "url", "--train-before", rivals.CUT, "--out", out, path], expected=(0, 3))
            detector = os.path.join(out, "detector")
        start, seconds, peak = ours(options.ringtrue, detector, lines, folder)
    result = [["ringtrue score, process", f"{COPIES * len(lines) / seconds:,.0f}", f"start-up {start:.2f} s CPU, peak {peak:.0f} MiB"]]
    strings = rivals.urls(lines)
    for peer, (score, _) in rivals.trained(options.kit, lines).items():
        result.append([peer, f"{len(lines) / theirs(score, strings):,.0f}", "in memory"])
    measure.table(f"Raw URL to score ({len(lines):,} URLs)", ["who", "URLs/s per core", "note"], result)


if __name__ == "__main__":
    main()
