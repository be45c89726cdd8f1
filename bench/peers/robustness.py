"""What `run` says of robustness for each kind of event, and what saying it costs.

    python robustness.py --data DIR --ringtrue PATH [--rows 10000] [--queries 100] [--events 200]

Each detector is what one `run` recommends. It runs twice, with and without the attack: the difference in CPU seconds is the attack's, certificates included.
"""
import json
import os
import tempfile

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
SESSIONS = 'format = 1\nname = "sessions"\nkind = "session"\n\n[columns]\ncommands = "session_text"\n'
# What it may cost to change a connection: padding is next to free, fewer connections take patience.
COSTS = [("src_bytes", "up", 1, 0.001), ("duration", "up", 1, 0.05), ("count", "down", 1, 0.5), ("srv_count", "down", 1, 0.5),
         ("dst_host_count", "down", 1, 0.5), ("dst_host_srv_count", "down", 1, 0.5)]
COLUMNS = "".join(f'\n[[attacker.columns]]\ncolumn = "{column}"\nmoves = "{moves}"\nstep = {step}\nminutes = {minutes}\n'
                  for column, moves, step, minutes in COSTS)


def thinned(path, rows):
    """Every so many-th row of a file, so that about `rows` stay."""
    lines = list(measure.rows(path))
    return lines[:: max(1, len(lines) // rows)]


def urls(data, rows, folder):
    path = os.path.join(folder, "urls.csv")
    found = []
    for name, label in (("phishtank_2008_2021.csv.gz", 1), ("benign_links_dated_2006_2021.csv.gz", 0)):
        for line in thinned(measure.find(data, name), rows):
            found.append({"url": line["url"], "time": line["first_seen"], "label": label})
    measure.write_rows(path, ("url", "time", "label"), found)
    return ["--kind", "url", path]


def kinds(options, folder):
    """(name, what `run` is told) of each kind."""
    find = lambda name: measure.find(options.data, name)
    yield "URLs", urls(options.data, options.rows, folder)
    yield "mails", ["--kind", "email", find("email_spamassassin_2002.jsonl.gz")]
    yield "commands", ["--kind", "command", find("cmd_lines.jsonl.gz")]
    sessions, table = os.path.join(folder, "sessions.toml"), os.path.join(folder, "table.toml")
    with open(sessions, "w", encoding="utf-8") as file:
        file.write(SESSIONS)
    yield "sessions", ["--task", sessions, find("sess_logprecis.jsonl.gz")]
    with open(os.path.join(HERE, "nsl.toml"), encoding="utf-8") as file, open(table, "w", encoding="utf-8") as out:
        out.write(file.read().replace("\n[labelling]", COLUMNS + "\n[labelling]"))
    yield "connections", ["--task", table, find("nsl_kdd_train.csv.gz")]


def found_at(curve, cost):
    """The share still found by an attacker who pays so much."""
    share = [point["tpr"] for point in curve if point["cost"] <= cost][-1]
    return "" if share is None else f"{share:.3f}"


def figure(told):
    return "more" if told["value"] is None else f"{told['value']:.3g}"


def main():
    options = measure.arguments(__doc__.splitlines()[0], rows=10000, queries=100, events=200)
    print("| events | judged malicious | flagged | after 0.1 minutes | after 0.5 | after 5 | area | median minutes | certified at 0.5, text fixed | any "
          "| candidates a CPU second | CPU seconds of the attack | of the rest |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        for name, words in kinds(options, folder):
            costs = []
            for events in (0, options.events):
                out = os.path.join(folder, f"{name}-{events}")
                costs.append(measure.run([options.ringtrue, "run", "--retrain", "0", "--json", "--attack-events", str(events), "--attack-queries",
                                          str(options.queries), "--out", out, *words], expected=(0, 1, 3)))
            without, attacked = costs
            told = json.loads(attacked.output)["robustness"]
            extra = max(attacked.cpu_seconds - without.cpu_seconds, 0.01)
            certified = [found_at(one["curve"], 0.5) for one in told["certified"]] + ["", ""]
            curve = told["curve"]
            print(f"| {name} | {told['malicious']} | {found_at(curve, 0)} | {found_at(curve, 0.1)} | {found_at(curve, 0.5)} | {found_at(curve, 5)} "
                  f"| {figure(told['area'])} | {figure(told['median'])} | {certified[0]} | {certified[1]} | {told['asked'] / extra:.0f} "
                  f"| {extra:.1f} | {without.cpu_seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
