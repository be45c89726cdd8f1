"""Rows a second of one LightGBM model (500 trees of 63 leaves, 100,000 rows): ringtrue's forest beside the peer kit's engines.

The kit's fixture is written as NumPy arrays, which the program `bench/forest` reads, times and compares with the expected margins bit
by bit. The kit's own script times the rivals in between two runs of ours, of which the better one counts: both sides meet the
same machine. The rivals' figures are the kit's medians of five; ours are the best of seven, and the CPU column compares what the
machine's other work cannot change much. A single row is called from Python by the rivals; "ctypes raw" leaves the smallest call there is.

    cargo build --release --manifest-path bench/forest/Cargo.toml
    python tree_speed.py --kit DIR --bench PATH [--only lightgbm,lleaves] [--wide]
"""
import argparse
import json
import os
import sys
import tempfile

import numpy
import pandas

import measure

MODEL, ROWS, EXPECTED = "url_lgbm_500x63.txt", "url_matrix_100k.parquet", "url_expected_raw_f64.npy"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kit", required=True, help="folder of the peer kit")
    parser.add_argument("--bench", required=True, help="the program built from bench/forest")
    parser.add_argument("--only", default="lightgbm,lleaves", help="the kit's engines, by its names; empty for ours alone")
    parser.add_argument("--wide", action="store_true", help="rows of 64 bits instead of the fixture's own 32")
    return parser.parse_args()


def ours(options, folder):
    """One run of our program: its JSON line."""
    fixture = os.path.join(options.kit, "fixtures")
    rows = os.path.join(folder, "rows.npy")
    if not os.path.exists(rows):
        table = pandas.read_parquet(os.path.join(fixture, ROWS)).drop(columns="label")
        numpy.save(rows, numpy.ascontiguousarray(table.to_numpy("<f8" if options.wide else "<f4")))
    command = [options.bench, os.path.join(fixture, MODEL), rows, os.path.join(fixture, EXPECTED)]
    return json.loads(measure.run(command).output)


def theirs(options, folder):
    """The kit's result lines."""
    out = os.path.join(folder, "kit.jsonl")
    script = os.path.join(options.kit, "tree_inference.py")
    measure.run([sys.executable, script, "--data", folder, "--only", options.only, "--out", out])
    with open(out, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def rival_lines(results):
    """A table line for each engine, from the kit's one result for each kind of work."""
    engines = {}
    for result in results:
        engines.setdefault(result["peer"], {})[result["work"]] = result
    for peer, works in engines.items():
        batch = works.get("batch 100k rows, 1 thread", {})
        if not batch.get("per_second"):
            yield [peer, *["failed"] * 6]
            continue
        two = works.get("batch 100k rows, 2 threads", {}).get("per_second")
        calls = [works[work] for work in ("single row, ctypes raw", "single row") if work in works]
        single = f"{calls[0]['p50_us']:.1f} / {calls[0]['p99_us']:.1f}" if calls else "-"
        off = f"at most {batch['max_abs_diff_prob']:.1g} in probability"
        yield [f"{peer} {batch['version']}", f"{batch['per_second']:,.0f}", f"{batch['per_cpu_second']:,.0f}",
               f"{two:,.0f}" if two else "-", single, f"{batch.get('compile_seconds') or 0:.1f} s", off]


def our_line(runs):
    """The better of our runs, figure by figure."""
    most, least = lambda key: max(run[key] for run in runs), lambda key: min(run[key] for run in runs)
    differ = max(max(run["differ"]) for run in runs)
    return ["ringtrue", f"{most('rows_per_second'):,.0f}", f"{most('rows_per_cpu_second'):,.0f}", f"{most('rows_per_second_2_threads'):,.0f}",
            f"{least('us_p50'):.1f} / {least('us_p99'):.1f}", f"{least('load_ms') / 1e3:.2f} s", f"{differ} rows differ in a bit"]


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        runs = [ours(options, folder)]
        rivals = list(rival_lines(theirs(options, folder))) if options.only else []
        runs.append(ours(options, folder))
    columns = ["who", "rows/s, 1 thread", "rows/s of CPU", "rows/s, 2 threads", "one row, us, p50 / p99", "ready in", "exactness"]
    measure.table(f"One forest, 100,000 rows (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)", columns, [our_line(runs), *rivals])


if __name__ == "__main__":
    main()
