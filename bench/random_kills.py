#!/usr/bin/env python3
"""Kills `ringtrue ingest` at random moments and checks that nothing acknowledged is lost.

    python3 bench/random_kills.py --ringtrue target/release/ringtrue --kills 50

File A is ingested and acknowledged. Then, again and again, an ingest of file B is killed (SIGKILL) after a
random time, and A is ingested once more: it must add nothing and find every event known. In the end B
is ingested to its end and must add exactly its own events. Prints one JSON line.
"""
import argparse, json, os, random, signal, subprocess, tempfile, time


def ingest(program, store, file):
    run = subprocess.run([program, "ingest", "--kind", "url", "--json", "--store", store, file],
                         capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(f"ingest of {file} failed with {run.returncode}: {run.stderr}")
    return json.loads(run.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ringtrue", required=True)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    chance = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        a, b, store = (os.path.join(folder, name) for name in ("a.csv", "b.csv", "store"))
        for file, seed, events in ((a, 1, 20_000), (b, 2, args.events)):
            subprocess.run([args.ringtrue, "simulate", "url", "--months", "6", "--events", str(events),
                            "--seed", str(seed), "--out", file], check=True, capture_output=True)
        known = ingest(args.ringtrue, store, a)["added"]
        # How long an undisturbed ingest of B takes, so that kills fall into all of it.
        start = time.monotonic()
        ingest(args.ringtrue, os.path.join(folder, "other"), b)
        span = time.monotonic() - start
        killed = finished = 0
        for _ in range(args.kills):
            child = subprocess.Popen([args.ringtrue, "ingest", "--kind", "url", "--store", store, b],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                child.wait(chance.uniform(0.0, 1.05 * span))
                finished += 1
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGKILL)
                child.wait()
                killed += 1
            again = ingest(args.ringtrue, store, a)
            if again["added"] != 0 or again["repeated"] != known:
                raise SystemExit(f"lost or doubled after {killed} kills: {again}")
            if finished:
                break
        last = ingest(args.ringtrue, store, b)
        if last["added"] + last["repeated"] != args.events or (not finished and last["added"] != args.events):
            raise SystemExit(f"the last ingest is not whole: {last}")
        left = os.listdir(os.path.join(store, "staging")) if os.path.isdir(os.path.join(store, "staging")) else []
        print(json.dumps({"kills": killed, "finished_before_its_kill": finished, "acknowledged_events_lost": 0,
                          "left_in_staging": len(left), "ingest_seconds": round(span, 2)}))


if __name__ == "__main__":
    main()
