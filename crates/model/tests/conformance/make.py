"""Makes the cases of the conformance suite: small models of other libraries, rows that are hard to get right, and
the raw scores that the libraries themselves give.

    python make.py FOLDER

For each case NAME: NAME.model (the file as the library writes it), NAME.rows (float64, little-endian, row by row),
NAME.margins (float64), and a line of cases.txt: NAME, columns, trees. NAME.predictions (float64), where it is there,
holds what the library predicts for the first rows. NAME.refused holds a model that must be
refused; its line of refused.txt names a word of the reason.

The rows hold every split's threshold, its neighbours among floats and doubles, zeros of both signs, numbers around
LightGBM's zero, infinities, missing values, huge numbers, and categories that training did not see.
"""

import json
import sys
import warnings
from pathlib import Path

import lightgbm
import numpy as np
import onnx
import onnxruntime
import pandas
import sklearn.ensemble as ensemble
import sklearn.tree as tree
import xgboost
from onnx import TensorProto, helper
from onnxmltools import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as ToolsFloats
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skl2onnx import to_onnx

warnings.filterwarnings("ignore")
FOLDER = Path(sys.argv[1])
COLUMNS = 8
CATEGORY, SINGLE, SPARSE = 5, 6, 7
RANDOM = np.random.default_rng(3)
ZERO = float(np.float32(1e-35))
cases, refused = [], []


def table(count, gaps=True, categories=True):
    """Numbers on several scales, counts, categories, a column that is one number or missing, a sparse column."""
    values = np.column_stack([
        RANDOM.normal(size=count),
        RANDOM.normal(size=count) * 1e6,
        np.round(RANDOM.normal(size=count), 1),
        RANDOM.integers(0, 5, count),
        RANDOM.normal(size=count) * 1e-3,
        RANDOM.integers(0, 40 if categories else 4, count),
        np.full(count, 0.1),
        np.where(RANDOM.random(count) < 0.6, 0.0, RANDOM.normal(size=count)),
    ])
    if gaps:
        values[RANDOM.random(values.shape) < 0.08] = np.nan
        values[RANDOM.random(count) < 0.4, SINGLE] = np.nan
    return values


def labels(values):
    known = np.nan_to_num(values)
    odds = known[:, 0] + known[:, 1] * 1e-6 - known[:, 2] * (known[:, 3] > 2) + (known[:, CATEGORY] % 7 < 2) - 0.5
    odds = odds + np.isnan(values[:, SINGLE]) + np.sin(known[:, 4] * 3e3) + known[:, SPARSE]
    return (odds + RANDOM.normal(size=len(values)) > 0).astype(int)


def hard_rows(values, thresholds, infinities=True, most=1200):
    """Rows of `values` with one or more entries at an edge. `thresholds` lists numbers for each column."""
    rows = []
    common = [0.0, -0.0, np.nan, 1e-36, -1e-36, ZERO, -ZERO, np.nextafter(ZERO, 1), 1e-35, -1.0, 0.5, 2.7, 41.0,
              999.0, 16777216.0, 1e30, -1e30]
    if infinities:
        common += [np.inf, -np.inf, 1e300, -1e300, 2147483647.0, 2147483648.0, -2147483649.0, 4.0e9]
    for column in range(values.shape[1]):
        edges = list(common)
        for number in thresholds.get(column, [])[:60]:
            single = np.float32(number)
            edges += [number, np.nextafter(number, np.inf), np.nextafter(number, -np.inf), float(single),
                      float(np.nextafter(single, np.float32(np.inf))),
                      float(np.nextafter(single, np.float32(-np.inf)))]
        for edge in edges:
            row = values[RANDOM.integers(len(values))].copy()
            row[column] = edge
            rows.append(row)
    rows = [rows[place] for place in RANDOM.permutation(len(rows))[:most]]
    crossed = np.array(rows)[RANDOM.integers(len(rows), size=(400, values.shape[1])), np.arange(values.shape[1])]
    empty = np.full((1, values.shape[1]), np.nan)
    return np.vstack([values[:400], np.array(rows), crossed, empty])


def write(name, model, rows, margins, trees, predictions=()):
    assert len(rows) == len(margins) and np.isfinite(margins).all(), name
    (FOLDER / f"{name}.model").write_bytes(model)
    np.ascontiguousarray(rows, dtype="<f8").tofile(FOLDER / f"{name}.rows")
    np.asarray(margins, dtype="<f8").ravel().tofile(FOLDER / f"{name}.margins")
    if len(predictions):
        np.asarray(predictions, dtype="<f8").ravel().tofile(FOLDER / f"{name}.predictions")
    cases.append(f"{name} {rows.shape[1]} {trees}")


def refuse(name, model, reason):
    (FOLDER / f"{name}.refused").write_bytes(model)
    refused.append(f"{name} {reason}")


# LightGBM


def lightgbm_thresholds(booster):
    found = {}

    def walk(node):
        if "split_feature" in node:
            if node["decision_type"] == "<=":
                found.setdefault(node["split_feature"], []).append(node["threshold"])
            walk(node["left_child"])
            walk(node["right_child"])

    for one in booster.dump_model()["tree_info"]:
        walk(one["tree_structure"])
    return {column: list(dict.fromkeys(numbers)) for column, numbers in found.items()}


def lightgbm_case(name, rounds=30, gaps=True, categorical=False, target=None, **parameters):
    values = table(2500, gaps)
    goal = labels(values) if target is None else target(values)
    # The bins sit in the dataset, so those settings go there too.
    settings = {"objective": "binary", "verbose": -1, "min_data_in_leaf": 5, "num_threads": 1, "seed": 1,
                "deterministic": True, **parameters}
    data = lightgbm.Dataset(values, goal, categorical_feature=[CATEGORY] if categorical else [], params=settings)
    if settings["objective"] == "lambdarank":
        data.set_group([100] * 25)
    booster = lightgbm.train(settings, data, rounds)
    rows = hard_rows(values, lightgbm_thresholds(booster))
    write(f"lightgbm_{name}", booster.model_to_string().encode(), rows, booster.predict(rows, raw_score=True),
          booster.num_trees(), booster.predict(rows)[:100])


def lightgbm_cases():
    lightgbm_case("binary")
    lightgbm_case("no_gaps", gaps=False)
    lightgbm_case("no_missing", use_missing=False)
    lightgbm_case("zero_as_missing", zero_as_missing=True)
    lightgbm_case("categories", categorical=True, min_data_per_group=5, cat_smooth=1)
    lightgbm_case("one_hot_categories", categorical=True, max_cat_to_onehot=64, min_data_per_group=5)
    lightgbm_case("zero_as_missing_categories", categorical=True, zero_as_missing=True, min_data_per_group=5)
    lightgbm_case("deep", rounds=30, num_leaves=255, min_data_in_leaf=1)
    lightgbm_case("many_trees", rounds=250, learning_rate=0.03)
    lightgbm_case("sigmoid", sigmoid=2.5, is_unbalance=True)
    lightgbm_case("dart", boosting="dart", drop_rate=0.3)
    forest = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6, "feature_fraction": 0.7}
    lightgbm_case("random_forest", **forest)
    lightgbm_case("random_forest_regression", objective="regression", **forest)
    lightgbm_case("cross_entropy", objective="cross_entropy")
    lightgbm_case("regression", objective="regression", target=lambda rows: np.nan_to_num(rows[:, 0]) * 50 + 9)
    lightgbm_case("regression_l1", objective="regression_l1")
    lightgbm_case("huber", objective="huber")
    lightgbm_case("quantile", objective="quantile", alpha=0.9)
    lightgbm_case("lambdarank", objective="lambdarank")
    lightgbm_case("one_leaf", rounds=3, min_data_in_leaf=5000)
    lightgbm_case("monotone", monotone_constraints=[1, 0, 0, 0, 0, 0, 0, 0])
    lightgbm_case("goss_bundled", data_sample_strategy="goss", enable_bundle=True, max_bin=15)

    values = table(2500)
    goal = labels(values)
    custom = lightgbm.train({"objective": lambda scores, data: (scores - data.get_label(), np.ones(len(scores))),
                             "verbose": -1, "num_threads": 2}, lightgbm.Dataset(values, goal), 20)
    rows = hard_rows(values, lightgbm_thresholds(custom))
    write("lightgbm_custom", custom.model_to_string().encode(), rows, custom.predict(rows, raw_score=True), 20)

    frame = pandas.DataFrame({"number": values[:, 0], "colour": pandas.Categorical(
        np.array(["red", "green", "blue", "blåbær, \"x\""])[RANDOM.integers(0, 4, len(values))])})
    frame["size"] = pandas.Categorical(np.where(np.isnan(values[:, 3]), np.nan, values[:, 3] * 10))
    goal = ((frame["colour"] == "red") ^ (values[:, 3] > 2)).astype(int)
    booster = lightgbm.train({"objective": "binary", "verbose": -1, "min_data_per_group": 5, "num_threads": 2},
                             lightgbm.Dataset(frame, goal), 20)
    codes = np.column_stack([frame["number"], *(np.where(frame[name].cat.codes < 0, np.nan, frame[name].cat.codes)
                                                for name in ("colour", "size"))])
    write("lightgbm_pandas", booster.model_to_string().encode(), codes, booster.predict(frame, raw_score=True), 20)

    data = lightgbm.Dataset(np.nan_to_num(values), labels(values))
    refuse("lightgbm_linear", lightgbm.train({"objective": "regression", "linear_tree": True, "verbose": -1}, data, 3)
           .model_to_string().encode(), "linear leaves")
    many = lightgbm.Dataset(values, RANDOM.integers(0, 3, len(values)))
    refuse("lightgbm_multiclass", lightgbm.train({"objective": "multiclass", "num_class": 3, "verbose": -1}, many, 3)
           .model_to_string().encode(), "several classes")
    for objective, extra in [("poisson", {}), ("regression", {"reg_sqrt": True})]:
        data = lightgbm.Dataset(values, labels(values))
        model = lightgbm.train({"objective": objective, "verbose": -1, **extra}, data, 3)
        refuse(f"lightgbm_{objective}_link", model.model_to_string().encode(), "the objective")


# XGBoost


def xgboost_thresholds(booster):
    found = {}
    learner = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]
    for one in learner.get("gbtree", learner)["model"]["trees"]:
        for left, column, number in zip(one["left_children"], one["split_indices"], one["split_conditions"]):
            if left != -1:
                found.setdefault(column, []).append(float(np.float32(number)))
    return {column: list(dict.fromkeys(numbers)) for column, numbers in found.items()}


def xgboost_case(name, rounds=30, gaps=True, categorical=False, target=None, raw="json", **parameters):
    values = table(2500, gaps)
    goal = labels(values) if target is None else target(values)
    types = ["q"] * COLUMNS
    if categorical:
        types[CATEGORY] = "c"
    matrix = lambda rows: xgboost.DMatrix(rows, feature_types=types, enable_categorical=True)
    data = matrix(values)
    data.set_label(goal)
    settings = {"objective": "binary:logistic", "nthread": 1, "seed": 1, **parameters}
    if settings["objective"].startswith("rank"):
        data.set_group([100] * 25)
    booster = xgboost.train(settings, data, rounds)
    # XGBoost refuses infinities, and what becomes one as a float, in its matrices.
    rows = hard_rows(values, {} if categorical else xgboost_thresholds(booster), infinities=False)
    if categorical:
        # It refuses codes below 0 or beyond 2^24 as well.
        column = rows[:, CATEGORY]
        column[(column < 0) | (column >= 16777216.0)] = 63.0
    trees = len(booster.get_dump())
    write(f"xgboost_{name}", bytes(booster.save_raw(raw)), rows, booster.predict(matrix(rows), output_margin=True),
          trees, booster.predict(matrix(rows))[:100])
    return booster, values


def xgboost_cases():
    booster, values = xgboost_case("binary")
    rows = hard_rows(values, xgboost_thresholds(booster))
    write("xgboost_infinities", bytes(booster.save_raw("json")), rows,
          booster.inplace_predict(rows, predict_type="margin"), len(booster.get_dump()))
    xgboost_case("no_gaps", gaps=False)
    xgboost_case("ubjson", raw="ubj")
    xgboost_case("exact", tree_method="exact", max_depth=8)
    xgboost_case("approx", tree_method="approx")
    xgboost_case("pruned", tree_method="exact", gamma=4.0, max_depth=8)
    xgboost_case("deep", max_depth=20, min_child_weight=0, eta=0.1)
    xgboost_case("leafwise", grow_policy="lossguide", max_leaves=60, max_depth=0)
    xgboost_case("many_trees", rounds=250, eta=0.03)
    xgboost_case("base_score", base_score=0.999, rounds=200, eta=0.05)
    xgboost_case("dart", booster="dart", rate_drop=0.4)
    xgboost_case("dart_forest", booster="dart", rate_drop=0.4, normalize_type="forest", base_score=0.01, raw="ubj")
    xgboost_case("random_forest", rounds=2, num_parallel_tree=30, subsample=0.6, colsample_bynode=0.6, eta=1)
    xgboost_case("categories", categorical=True)
    xgboost_case("one_hot_categories", categorical=True, max_cat_to_onehot=100)
    xgboost_case("categories_ubjson", categorical=True, raw="ubj")
    xgboost_case("logitraw", objective="binary:logitraw")
    xgboost_case("logistic_regression", objective="reg:logistic")
    xgboost_case("regression", objective="reg:squarederror", target=lambda rows: np.nan_to_num(rows[:, 0]) * 50 + 900)
    xgboost_case("absolute_error", objective="reg:absoluteerror")
    xgboost_case("pairwise", objective="rank:pairwise")
    xgboost_case("one_leaf", rounds=3, min_child_weight=1e9)

    frame = pandas.DataFrame({"number": values[:, 0], "colour": pandas.Categorical(
        np.array(["red", "green", "blue"])[RANDOM.integers(0, 3, len(values))])})
    data = xgboost.DMatrix(frame, (frame["colour"] == "red").astype(int), enable_categorical=True)
    booster = xgboost.train({"objective": "binary:logistic", "nthread": 1}, data, 5)
    codes = np.column_stack([frame["number"], frame["colour"].cat.codes])
    write("xgboost_pandas", bytes(booster.save_raw("json")), codes, booster.predict(data, output_margin=True), 5)

    goal = labels(values)
    data = xgboost.DMatrix(values, goal)
    for name, settings, reason in [
        ("linear", {"booster": "gblinear"}, "gblinear"),
        ("hinge", {"objective": "binary:hinge"}, "binary:hinge"),
        ("poisson", {"objective": "count:poisson"}, "count:poisson"),
        ("multiclass", {"objective": "multi:softprob", "num_class": 3}, "several classes"),
    ]:
        refuse(f"xgboost_{name}", bytes(xgboost.train(settings, data, 3).save_raw("json")), reason)
    targets = xgboost.DMatrix(values, np.column_stack([goal, 1 - goal]))
    for strategy in ("one_output_per_tree", "multi_output_tree"):
        model = xgboost.train({"multi_strategy": strategy, "tree_method": "hist"}, targets, 3)
        refuse(f"xgboost_{strategy}", bytes(model.save_raw("json")), "several targets")


# ONNX


def ensemble_of(model):
    return next(node for node in model.graph.node if node.op_type.startswith("TreeEnsemble"))


def attribute(node, name):
    return next((one for one in node.attribute if one.name == name), None)


def scores(model, rows, transform):
    """The scores of class 1, or of the only target, summed on one thread, after `transform` or the model's own."""
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    node = ensemble_of(bare)
    own = attribute(node, "post_transform")
    if transform is not None and own is not None:
        own.s = transform.encode()
    output = node.output[-1]
    del bare.graph.output[:]
    bare.graph.output.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(bare.SerializeToString(), options, providers=["CPUExecutionProvider"])
    found = session.run([output], feed(model, rows))[0]
    return found[:, 1] if node.op_type == "TreeEnsembleClassifier" else found.ravel()


def feed(model, rows):
    inputs = model.graph.input
    types = {TensorProto.FLOAT: np.float32, TensorProto.DOUBLE: np.float64}
    if len(inputs) == 1:
        return {inputs[0].name: rows.astype(types[inputs[0].type.tensor_type.elem_type])}
    return {one.name: rows[:, [place]].astype(types[one.type.tensor_type.elem_type])
            for place, one in enumerate(inputs)}


def onnx_case(name, model, values):
    node = ensemble_of(model)
    thresholds = {}
    numbers = attribute(node, "nodes_values")
    tensor = attribute(node, "nodes_values_as_tensor")
    numbers = onnx.numpy_helper.to_array(tensor.t) if numbers is None else numbers.floats
    for column, mode, number in zip(attribute(node, "nodes_featureids").ints, attribute(node, "nodes_modes").strings,
                                    numbers):
        if mode != b"LEAF" and np.isfinite(number):
            thresholds.setdefault(column, []).append(float(number))
    rows = hard_rows(values, thresholds)
    trees = len(set(attribute(node, "nodes_treeids").ints))
    write(f"onnx_{name}", model.SerializeToString(), rows, scores(model, rows, "NONE"), trees,
          scores(model, rows[:100], None))


def sklearn_cases():
    values = table(2500, categories=False)
    goal = labels(values)
    known = np.nan_to_num(values)
    singles = known.astype(np.float32)
    number = known[:, 0] * 50 + 900
    models = [
        ("random_forest", ensemble.RandomForestClassifier(15, random_state=1), goal),
        ("balanced_forest", ensemble.RandomForestClassifier(6, class_weight="balanced", random_state=1), goal),
        ("extra_trees", ensemble.ExtraTreesClassifier(8, random_state=1), goal),
        ("gradient_boosting", ensemble.GradientBoostingClassifier(n_estimators=60, random_state=1), goal),
        ("hist_gradient_boosting", ensemble.HistGradientBoostingClassifier(max_iter=30, random_state=1), goal),
        ("decision_tree", tree.DecisionTreeClassifier(random_state=1), goal),
        ("one_leaf", tree.DecisionTreeClassifier(max_leaf_nodes=2, random_state=1), goal),
        ("random_forest_regression", ensemble.RandomForestRegressor(6, random_state=1), number),
        ("extra_trees_regression", ensemble.ExtraTreesRegressor(6, random_state=1), number),
        ("gradient_boosting_regression", ensemble.GradientBoostingRegressor(n_estimators=60, random_state=1), number),
        ("hist_gradient_boosting_regression", ensemble.HistGradientBoostingRegressor(max_iter=30, random_state=1),
         number),
        ("decision_tree_regression", tree.DecisionTreeRegressor(random_state=1), number),
    ]
    for name, model, wanted in models:
        data = values if name.startswith("hist") else known
        model.fit(data, wanted)
        onnx_case(name, to_onnx(model, singles[:1]), data)
        classifier = wanted is goal
        options = {"zipmap": False} if classifier else None
        onnx_case(f"{name}_double", to_onnx(model, known[:1], options=options), data)
    model = ensemble.RandomForestClassifier(6, random_state=1).fit(values, goal)
    onnx_case("missing_values", to_onnx(model, singles[:1], options={"zipmap": "columns"}), values)
    model = ensemble.GradientBoostingClassifier(n_estimators=20, random_state=1).fit(
        known, np.array(["benign", "malicious"])[goal])
    onnx_case("text_labels", to_onnx(model, singles[:1]), known)

    refuse("onnx_scaler", to_onnx(make_pipeline(StandardScaler(), tree.DecisionTreeClassifier(max_depth=3)).fit(
        known, goal), singles[:1]).SerializeToString(), "Scaler")
    refuse("onnx_ada_boost", to_onnx(ensemble.AdaBoostClassifier(n_estimators=3).fit(known, goal), singles[:1])
           .SerializeToString(), "several tree ensembles")
    refuse("onnx_linear", to_onnx(LogisticRegression().fit(known, goal), singles[:1]).SerializeToString(),
           "LinearClassifier")
    many = ensemble.RandomForestClassifier(3).fit(known, RANDOM.integers(0, 3, len(known)))
    refuse("onnx_multiclass", to_onnx(many, singles[:1]).SerializeToString(), "3 classes")
    two = ensemble.RandomForestRegressor(3).fit(known, np.column_stack([goal, goal]))
    refuse("onnx_two_targets", to_onnx(two, singles[:1]).SerializeToString(), "several targets")


def converted_cases():
    """LightGBM and XGBoost, through ONNX."""
    values = table(2500, categories=False).astype(np.float32)
    goal = labels(values)
    floats = [("rows", ToolsFloats([None, COLUMNS]))]
    model = lightgbm.LGBMClassifier(n_estimators=30, verbose=-1, n_jobs=2).fit(values, goal)
    onnx_case("from_lightgbm", convert_lightgbm(model, initial_types=floats), values.astype(float))
    model = lightgbm.LGBMRegressor(n_estimators=30, verbose=-1, n_jobs=2).fit(values, goal)
    onnx_case("from_lightgbm_regression", convert_lightgbm(model, initial_types=floats), values.astype(float))
    model = xgboost.XGBClassifier(n_estimators=30, n_jobs=2).fit(values, goal)
    onnx_case("from_xgboost", convert_xgboost(model, initial_types=floats), values.astype(float))


def graph(operator, kind=TensorProto.FLOAT, before=(), inputs=None, entry="rows", **attributes):
    outputs = ["label", "score"] if operator.endswith("Classifier") else ["score"]
    node = helper.make_node(operator, [entry], outputs, domain="ai.onnx.ml", **attributes)
    inputs = inputs or [helper.make_tensor_value_info("rows", kind, [None, 3])]
    values = [helper.make_tensor_value_info("score", TensorProto.FLOAT, None)]
    made = helper.make_graph([*before, node], "graph", inputs, values)
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(made, opset_imports=imports, ir_version=8)


def made_trees(modes, tracks, kind="float"):
    """For each mode and treatment of missing values one stump, on column 0, 1 and 2 in turn, as attributes."""
    rows = [(place, mode, track) for place, (mode, track) in enumerate((m, t) for m in modes for t in tracks)]
    thresholds = [0.5, 3.0, -0.1]
    numbers = [number for place, _, _ in rows for number in (thresholds[place % 3], 0.0, 0.0)]
    nodes = {
        "nodes_treeids": [place for place, _, _ in rows for _ in range(3)],
        "nodes_nodeids": [0, 1, 2] * len(rows),
        "nodes_featureids": [column for place, _, _ in rows for column in (place % 3, 0, 0)],
        "nodes_modes": [word for _, mode, _ in rows for word in (mode, "LEAF", "LEAF")],
        "nodes_truenodeids": [1, 0, 0] * len(rows),
        "nodes_falsenodeids": [2, 0, 0] * len(rows),
        "nodes_missing_value_tracks_true": [flag for _, _, track in rows for flag in (track, 0, 0)],
    }
    weights = [weight for place, _, _ in rows for weight in (2.0 ** -place, -0.1 * place)]
    leaves = ([place for place, _, _ in rows for _ in range(2)], [1, 2] * len(rows), weights)
    if kind == "double":
        nodes["nodes_values_as_tensor"] = helper.make_tensor("values", TensorProto.DOUBLE, [len(numbers)], numbers)
    else:
        nodes["nodes_values"] = numbers
    return nodes, leaves


def made_cases():
    """Graphs that no converter here writes: all modes, averages, weights of both classes, columns as inputs."""
    modes = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GT", "BRANCH_GTE", "BRANCH_EQ", "BRANCH_NEQ"]
    values = np.column_stack([RANDOM.normal(size=800), RANDOM.integers(0, 6, 800), RANDOM.normal(size=800)])
    for name, chosen in [("mixed_modes", modes), *((mode.lower(), [mode]) for mode in modes)]:
        nodes, (trees, ids, weights) = made_trees(chosen, [0, 1, 0])
        targets = {"target_treeids": trees, "target_nodeids": ids, "target_ids": [0] * len(ids)}
        regressor = graph("TreeEnsembleRegressor", **nodes, **targets, target_weights=weights, n_targets=1,
                          base_values=[0.3])
        onnx_case(f"made_{name}", regressor, values)
    nodes, (trees, ids, weights) = made_trees(modes, [0, 1, 0])
    targets = {"target_treeids": trees, "target_nodeids": ids, "target_ids": [0] * len(ids), "n_targets": 1}
    onnx_case("made_average", graph("TreeEnsembleRegressor", **nodes, **targets, target_weights=weights,
                                    aggregate_function="AVERAGE"), values)
    wide, _ = made_trees(modes, [0, 1, 0], "double")
    tensor = helper.make_tensor("weights", TensorProto.DOUBLE, [len(weights)], weights)
    onnx_case("made_double", graph("TreeEnsembleRegressor", TensorProto.DOUBLE, **wide, **targets,
                                   target_weights_as_tensor=tensor), values)
    onnx_case("made_double_floats", graph("TreeEnsembleRegressor", TensorProto.DOUBLE, **nodes, **targets,
                                          target_weights=weights), values)
    cast = helper.make_node("Cast", ["rows"], ["floats"], to=TensorProto.FLOAT)
    onnx_case("made_cast", graph("TreeEnsembleRegressor", TensorProto.DOUBLE, [cast], entry="floats", **nodes,
                                 **targets, target_weights=weights), values)
    columns = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1]) for name in ("a", "b", "c")]
    concat = helper.make_node("Concat", ["a", "b", "c"], ["rows"], axis=1)
    onnx_case("made_columns", graph("TreeEnsembleRegressor", before=[concat], inputs=columns, **nodes, **targets,
                                    target_weights=weights), values)
    twice = {"class_treeids": [tree for tree in trees for _ in range(2)],
             "class_nodeids": [one for one in ids for _ in range(2)], "class_ids": [0, 1] * len(ids),
             "class_weights": [part for weight in weights for part in (1 - weight, weight)],
             "classlabels_int64s": [0, 1]}
    once = {"class_treeids": trees, "class_nodeids": ids, "classlabels_int64s": [0, 1], "class_weights": weights}
    for transform in ("NONE", "LOGISTIC"):
        both = graph("TreeEnsembleClassifier", **nodes, **twice, post_transform=transform)
        onnx_case(f"made_both_classes_{transform.lower()}", both, values)
        for number in (0, 1):
            extra = {"base_values": [0.7]} if number == 0 else {}
            one = graph("TreeEnsembleClassifier", **nodes, **once, class_ids=[number] * len(ids), **extra,
                        post_transform=transform)
            onnx_case(f"made_class_{number}_{transform.lower()}", one, values)

    made = lambda **more: graph("TreeEnsembleRegressor", **nodes, **targets, target_weights=weights, **more)
    refuse("onnx_minimum", made(aggregate_function="MIN").SerializeToString(), "MIN")
    refuse("onnx_probit", made(post_transform="PROBIT").SerializeToString(), "PROBIT")
    softmax = graph("TreeEnsembleClassifier", **nodes, **twice, post_transform="SOFTMAX")
    refuse("onnx_softmax", softmax.SerializeToString(), "SOFTMAX")
    based = graph("TreeEnsembleClassifier", **nodes, **twice, base_values=[0.1, 0.2])
    refuse("onnx_two_base_values", based.SerializeToString(), "base values")
    wider = helper.make_node("Cast", ["rows"], ["doubles"], to=TensorProto.DOUBLE)
    refuse("onnx_widened", graph("TreeEnsembleRegressor", before=[wider], entry="doubles", **nodes, **targets,
                                 target_weights=weights).SerializeToString(), "floats to doubles")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    lightgbm_cases()
    xgboost_cases()
    sklearn_cases()
    converted_cases()
    made_cases()
    (FOLDER / "refused.txt").write_text("\n".join(refused) + "\n")
    # Last, so that a folder that was cut short is not taken for whole.
    (FOLDER / "cases.txt").write_text("\n".join(cases) + "\n")


if __name__ == "__main__":
    main()
