"""URLs a second and core, from the raw string to the verdict, and the time of one URL alone: ringtrue beside both rivals of the peer kit.

In memory: the bench program `url` of bench/forest (parsing, signals, tokens, models, calibration, threshold, scope) beside the kit's
scoring functions on the same strings, in one thread, the shortest CPU time of several. As a process: `ringtrue score` on a CSV file
of all rows, five times over, less the same process on one row, the median of three: reading the file and writing one JSON line
for each URL are in it.

    python url_speed.py --data DIR --kit DIR --ringtrue PATH --bench PATH [--detector DIR]
"""
import json
import os
import statistics
import tempfile
import time

import measure
import rivals

COPIES = 5
REPEATS = 3
ALONE = 2_000


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
    """CPU seconds of one scoring of all strings, and the microseconds of one string alone (median)."""
    seconds, alone = [], []
    for _ in range(REPEATS):
        begin = time.process_time()
        score(strings)
        seconds.append(time.process_time() - begin)
    for index in range(ALONE):
        begin = time.perf_counter()
        score(strings[index:index + 1])
        alone.append(time.perf_counter() - begin)
    return min(seconds), statistics.median(alone) * 1e6


def in_memory(bench, detector, strings, folder):
    """The figures of our bench program."""
    path = os.path.join(folder, "urls.txt")
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(" ".join(url.split()) + "\n" for url in strings)
    return json.loads(measure.run([bench, detector, path]).output)


def main():
    options = measure.arguments(__doc__.splitlines()[0], detector="", bench="")
    lines = rivals.real_rows(options.data)
    with tempfile.TemporaryDirectory() as folder:
        detector = options.detector
        if not detector:
            path, out = os.path.join(folder, "urls.csv"), os.path.join(folder, "out")
            measure.write_rows(path, rivals.COLUMNS, lines)
            measure.run([options.ringtrue, "run", "--kind", "url", "--train-before", rivals.CUT, "--out", out, path], expected=(0, 3))
            detector = os.path.join(out, "detector")
        start, seconds, peak = ours(options.ringtrue, detector, lines, folder)
        strings = rivals.urls(lines)
        memory = in_memory(options.bench, detector, strings, folder)
        result = [["ringtrue, in memory", f"{memory['urls_per_cpu_second']:,.0f}", f"{memory['us_alone_p50']:.1f}", f"99 %: {memory['us_alone_p99']:.1f}"],
                  ["ringtrue score, process", f"{COPIES * len(lines) / seconds:,.0f}", "", f"start-up {start:.2f} s CPU, peak {peak:.0f} MiB"]]
    for peer, (score, _) in rivals.trained(options.kit, lines).items():
        spent, alone = theirs(score, strings)
        result.append([peer, f"{len(lines) / spent:,.0f}", f"{alone:.0f}", "in memory"])
    measure.table(f"Raw URL to verdict ({len(lines):,} URLs)", ["who", "URLs/s per core", "one alone, us (median)", "note"], result)


if __name__ == "__main__":
    main()
