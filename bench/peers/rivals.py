"""The rows of the URL comparison and both rivals, trained by the peer kit's own recipes (imported from the kit, never copied)."""
import os
import sys
import time

import measure

COLUMNS = ["url", "label", "kind", "first_seen", "source"]
FILES = (("phishtank_2008_2021.csv.gz", "2018-10-25"), ("benign_links_dated_2006_2021.csv.gz", "2014"))
CUT = "2019-07-01"


def real_rows(data):
    """The rows of the comparison, sorted by date as the kit sorts them."""
    lines = []
    for name, begin in FILES:
        lines += [line for line in measure.rows(measure.find(data, name)) if line["first_seen"] >= begin]
    return sorted(lines, key=lambda line: line["first_seen"][:10])


def urls(lines):
    """The raw URL strings as an array of objects, which the kit's recipes take."""
    import numpy
    return numpy.array([line["url"] for line in lines], dtype=object)


def trained(kit, lines):
    """Both rivals by name: a function from URLs to scores, and the CPU seconds that training took (imports apart)."""
    sys.path.insert(0, os.path.abspath(kit))
    import common
    import lightgbm  # noqa: F401  imported here so that it is not counted as training
    import numpy
    import sklearn.feature_extraction.text  # noqa: F401
    import sklearn.linear_model  # noqa: F401
    import url_pipeline

    recipes = {}
    url_pipeline.load = lambda data: data
    url_pipeline.report = lambda peer, version, u, y, tr, tests, fit, score: recipes.update({f"{peer} {version}": (fit, score)})
    labels = numpy.array([line["label"] != "benign" for line in lines], dtype=numpy.int8)
    train = numpy.array([line["first_seen"] < CUT for line in lines])
    everything = urls(lines)
    for recipe in (url_pipeline.hashing, url_pipeline.lexical):
        recipe((everything, labels, None, train, None))
    common.features("http://warm.example/")
    found = {}
    for peer, (fit, score) in recipes.items():
        begin = time.process_time()
        model = fit(everything[train], labels[train])
        seconds = time.process_time() - begin
        found[peer] = (lambda strings, score=score, model=model: numpy.asarray(score(model, strings)), seconds)
    return found
