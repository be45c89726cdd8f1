"""What ingest and score cost at 10^5, 10^6 and 10^7 simulated events, and `run` at 10^6: CPU, marginal CPU per event, peak memory.

The marginal CPU per event between two sizes must not differ by more than 15 % between the pairs of sizes. The detector that scores is
the one of the `run` on `--run` events (0 leaves `run` out and takes `--detector`).

    python scale.py --ringtrue PATH [--sizes 100000,1000000,10000000] [--run 1000000] [--detector DIR] [--repeats 3]
"""
import os
import shutil
import statistics
import sys
import tempfile

import measure

FLAT = 0.15


def simulate(ringtrue, events, folder):
    path = os.path.join(folder, f"{events}.csv")
    measure.run([ringtrue, "simulate", "url", "--events", str(events), "--seed", "1", "--out", path])
    return path


def cost(command, repeats, forget=None):
    """The run of median CPU; `forget` is a folder to empty before each."""
    runs = []
    for _ in range(repeats):
        if forget:
            shutil.rmtree(forget, ignore_errors=True)
        runs.append(measure.run(command, discard_output=True))
    return sorted(runs, key=lambda run: run.cpu_seconds)[len(runs) // 2], statistics.mean(run.peak_mebibytes for run in runs)


def marginal(sizes, seconds):
    """Microseconds of CPU per further event between neighbouring sizes."""
    return [1e6 * (more - less) / (large - small) for small, large, less, more in zip(sizes, sizes[1:], seconds, seconds[1:])]


def main():
    options = measure.arguments(__doc__.splitlines()[0], sizes="100000,1000000,10000000", run=1_000_000, detector="", repeats=3)
    sizes, detector, lines = [int(size) for size in options.sizes.split(",")], options.detector, []
    with tempfile.TemporaryDirectory() as folder:
        if options.run:
            path, out = simulate(options.ringtrue, options.run, folder), os.path.join(folder, "out")
            whole = measure.run([options.ringtrue, "run", "--kind", "url", "--out", out, path], expected=(0, 3))
            measure.table("run", ["events", "CPU s", "wall s", "peak MiB"],
                          [[f"{options.run:,}", f"{whole.cpu_seconds:.0f}", f"{whole.wall_seconds:.0f}", f"{whole.peak_mebibytes:.0f}"]])
            detector = detector or os.path.join(out, "detector")
        if not detector:
            sys.exit("score needs a detector: give --run or --detector")
        seconds = {"ingest": [], "score": []}
        for size in sizes:
            path, store = simulate(options.ringtrue, size, folder), os.path.join(folder, "store")
            commands = {"ingest": ([options.ringtrue, "ingest", "--kind", "url", "--store", store, path], store),
                        "score": ([options.ringtrue, "score", "--detector", detector, "--reasons", "0", path], None)}
            for what, (command, forget) in commands.items():
                repeats = options.repeats if size <= 1_000_000 else 1
                found, peak = cost(command, repeats, forget)
                seconds[what].append(found.cpu_seconds)
                lines.append([what, f"{size:,}", f"{found.cpu_seconds:.2f}", f"{found.wall_seconds:.1f}", f"{peak:.0f}"])
                print(lines[-1], flush=True)
            os.remove(path)
            shutil.rmtree(store, ignore_errors=True)
    measure.table("ingest and score", ["what", "events", "CPU s", "wall s", "peak MiB"], lines)
    steps = {what: marginal(sizes, values) for what, values in seconds.items()}
    measure.table("CPU per further event, in microseconds", ["what", *(f"{small:,} to {large:,}" for small, large in zip(sizes, sizes[1:])), "flat within 15 %"],
                  [[what, *(f"{step:.2f}" for step in found), "yes" if max(found) <= (1 + FLAT) * min(found) else "no"] for what, found in steps.items()])


if __name__ == "__main__":
    main()
