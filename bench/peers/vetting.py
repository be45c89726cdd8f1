"""Profiles of tables: the data sheet of `vet --only profile` beside ydata-profiling (minimal) and pandas' describe, on the peer kit's two tables.

The tables are made by the kit's own recipe and written as CSV and Parquet. The kit's rivals are given a DataFrame that stands in memory already:
their figures are without reading, ours with it. Each figure is that of a fresh process.

    python vetting.py --data DIR --kit DIR --ringtrue PATH [--rows 1000000] [--rivals pandas,ydata] [--wide 0] [--folder DIR]

`--wide N` also profiles tables of N and N/2 rows x 100 columns, made here, as Parquet.
"""
import json
import os
import subprocess
import sys
import tempfile

import measure

TABLES = ("nsl", "fraud")
WIDE_COLUMNS = 100

MAKE = """
import sys
sys.path.insert(0, sys.argv[1])
import vetting
for name in sys.argv[4].split(","):
    table = vetting.table(sys.argv[2], name, int(sys.argv[5]))
    for kind, write in (("csv", lambda path: table.to_csv(path, index=False)), ("parquet", table.to_parquet)):
        write(f"{sys.argv[3]}/{name}.{kind}")
"""

MAKE_WIDE = """
import sys
import numpy, pyarrow, pyarrow.parquet
rows, columns, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
random = numpy.random.default_rng(7)
writer = None
for begin in range(0, rows, 250_000):
    size = min(250_000, rows - begin)
    base = random.standard_normal(size)
    table = {}
    for place in range(columns):
        kind = place % 4
        if kind == 0:
            table[f"n{place}"] = numpy.round(base * place / columns + random.standard_normal(size), 3)
        elif kind == 1:
            table[f"n{place}"] = random.integers(0, 10 ** (1 + place % 6), size)
        elif kind == 2:
            table[f"n{place}"] = numpy.round(random.exponential(100.0, size), 2)
        else:
            table[f"w{place}"] = random.choice(["tcp", "udp", "icmp", "none of these"], size)
    table["label"] = (base > 2.3).astype(int)
    table = pyarrow.table(table)
    writer = writer or pyarrow.parquet.ParquetWriter(path, table.schema)
    writer.write_table(table)
writer.close()
"""


def made(options, folder):
    """The kit's tables as files, by name and kind of file."""
    paths = {(name, kind): os.path.join(folder, f"{name}.{kind}") for name in TABLES for kind in ("csv", "parquet")}
    if not all(map(os.path.exists, paths.values())):
        subprocess.run([sys.executable, "-c", MAKE, os.path.abspath(options.kit), options.data, folder, ",".join(TABLES), str(options.rows)], check=True)
    return paths


def rival(options, name, table):
    """The kit's own lines on a rival: CPU seconds and peak memory of its work on a table."""
    told = subprocess.run([sys.executable, os.path.join(options.kit, "vetting.py"), "--data", options.data, "--only", name, "--sizes", str(options.rows),
                           "--tables", table], check=True, capture_output=True, text=True).stdout
    line = json.loads(told.splitlines()[-1])
    return [f"{line['peer']} {line['version']}", "DataFrame", f"{line['cpu_seconds']:.1f}", f"{line['seconds']:.1f}", f"{line['peak_rss_mb']:.0f}"]


def ours(options, path):
    """One data sheet: what it cost, and what it says."""
    cost = measure.run([options.ringtrue, "vet", "--only", "profile", "--kind", "table", "--json", path])
    sheet = json.loads(cost.output)["sheet"]
    return sheet, ["ringtrue", path.rsplit(".", 1)[1], f"{cost.cpu_seconds:.1f}", f"{cost.wall_seconds:.1f}", f"{cost.peak_mebibytes:.0f}"]


def wide(options, folder):
    """Lines on tables of 100 columns, of half and all rows."""
    lines = []
    for rows in (options.wide // 2, options.wide):
        path = os.path.join(folder, f"wide-{rows}.parquet")
        if not os.path.exists(path):
            subprocess.run([sys.executable, "-c", MAKE_WIDE, str(rows), str(WIDE_COLUMNS), path], check=True)
        sheet, line = ours(options, path)
        lines.append([f"{sheet['events']:,} x {len(sheet['columns'])}", *line])
    return lines


def main():
    options = measure.arguments(__doc__.splitlines()[0], rows=1_000_000, rivals="pandas,ydata", wide=0, folder="")
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or scratch
        paths = made(options, folder)
        lines = []
        for table in TABLES:
            for kind in ("csv", "parquet"):
                sheet, line = ours(options, paths[table, kind])
                lines.append([f"{table} {sheet['events']:,} x {len(sheet['columns'])} and the label", *line])
            lines += [[f"{table} {options.rows:,} x 30", *rival(options, name, table)] for name in options.rivals.split(",") if name]
        columns = ["table", "who", "from", "CPU s", "wall s", "peak MiB"]
        measure.table("profiles", columns, lines)
        if options.wide:
            measure.table("a wide table", columns, wide(options, folder))


if __name__ == "__main__":
    main()
