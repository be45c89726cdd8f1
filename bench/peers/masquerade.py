"""Schonlau's masquerades as sessions with times, to be judged by `ringtrue run`.

The blocks have an order and no times: block `n` of each user is put on day `n` of one made-up calendar, the users one
minute apart. Prints one JSON object a line.

    python3 bench/peers/masquerade.py masquerade_schonlau.jsonl.gz > blocks.ndjson
"""

import datetime
import gzip
import json
import sys

START = datetime.datetime(2000, 1, 1)


def main(path):
    for line in gzip.open(path, "rt"):
        block = json.loads(line)
        minutes = int(block["user"].removeprefix("User"))
        time = START + datetime.timedelta(days=block["block"], minutes=minutes)
        session = {
            "commands": block["commands"].split(" "),
            "user": block["user"],
            "label": block["label"],
            "time": time.isoformat() + "Z",
        }
        print(json.dumps(session))


if __name__ == "__main__":
    main(sys.argv[1])
