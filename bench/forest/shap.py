"""LightGBM's exact path-dependent TreeSHAP (pred_contrib), one thread: CPU time, and its values for `shap` to compare.

    python shap.py MODEL.txt ROWS.parquet|ROWS.csv OUT_FOLDER [ROWS]

Writes rows.csv and values.csv into OUT_FOLDER for `shap MODEL.txt rows.csv values.csv`. Needs lightgbm, numpy, and
pandas or pyarrow for Parquet. Columns are taken by the model's names.
"""
import os
import sys
import time

import lightgbm
import numpy

model, source, out = sys.argv[1:4]
count = int(sys.argv[4]) if len(sys.argv) > 4 else 1000
booster = lightgbm.Booster(model_file=model)
if source.endswith(".parquet"):
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(source)
    rows = numpy.column_stack([table[name].to_numpy() for name in booster.feature_name()])
else:
    rows = numpy.loadtxt(source, delimiter=",", skiprows=1)
rows = numpy.ascontiguousarray(rows[:count], dtype=numpy.float64)
header = ",".join(booster.feature_name())
numpy.savetxt(os.path.join(out, "rows.csv"), rows, fmt="%.17g", delimiter=",", header=header, comments="")
best = float("inf")
for _ in range(3):
    start = time.process_time()
    values = booster.predict(rows, pred_contrib=True, num_threads=1)
    best = min(best, time.process_time() - start)
numpy.savetxt(os.path.join(out, "values.csv"), values, fmt="%.17g", delimiter=",", header=header + ",bias", comments="")
print(f"lightgbm {lightgbm.__version__} pred_contrib, {len(rows)} rows together\t{best / len(rows) * 1e6:.1f} us CPU a row")
start = time.process_time()
for row in rows[:100]:
    booster.predict(row[None], pred_contrib=True, num_threads=1)
print(f"row by row\t{(time.process_time() - start) / min(100, len(rows)) * 1e6:.1f} us CPU a row")
margins = booster.predict(rows, raw_score=True, num_threads=1)
print(f"largest difference of a row's sum and its margin\t{abs(values.sum(1) - margins).max():e}")
