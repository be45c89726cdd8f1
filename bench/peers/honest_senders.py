#!/usr/bin/env python3
"""Do ten confirmed mails lead to the others? Honest senders among mails that are all called phishing.

    python3 bench/peers/honest_senders.py --ringtrue target/release/ringtrue --data DATA --seeds 0,1,2

Everything that a honeypot received is called phishing (phishing_pot), three senders among them are known to be honest. Ten of their mails are drawn,
labelled benign and confirmed; counted is how many of the rest are among the first 500 suspected errors of `ringtrue label errors`: with the pot alone, and with
old ham beside it.
"""
import argparse, base64, gzip, json, os, random, re, subprocess, tempfile

HONEST = re.compile(r"(^|\.)(stayfriends\.de|newsletter\.otto\.de|team\.mobile\.de)\.?$")


def mails(data, name):
    with gzip.open(f"{data}/email/{name}.jsonl.gz", "rt") as file:
        return [json.loads(line) for line in file]


def sender(mail):
    raw = mail["raw"] if mail["enc"] != "base64" else base64.b64decode(mail["raw"]).decode("latin1")
    found = re.search(r"(?im)^from:.*?@([\w.-]+)", raw)
    return found.group(1).lower() if found else ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ringtrue", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--seeds", default="0,1,2")
    args = parser.parse_args()
    pot = mails(args.data, "email_phishingpot_2022_2025")
    ham = [m for name in ("email_spamassassin_2002", "email_csdmc_2006_2010") for m in mails(args.data, name) if m["label"] == "ham"]
    honest = [at for at, mail in enumerate(pot) if HONEST.search(sender(mail))]
    for beside in ([], ham):
        for seed in (int(seed) for seed in args.seeds.split(",")):
            ten = set(random.Random(seed).sample(honest, 10))
            with tempfile.TemporaryDirectory() as folder:
                with open(f"{folder}/mails.ndjson", "w") as file:
                    for at, mail in enumerate(pot + beside):
                        label = "benign" if at in ten else mail["label"]
                        row = {key: mail[key] for key in ("id", "date", "raw", "enc")}
                        file.write(json.dumps({**row, "label": label, "checked": "yes" if at in ten else "no"}) + "\n")
                words = ["label", "errors", "--certain", 'checked == "yes"', "--kind", "email", "--budget", "500", "--json", "mails.ndjson"]
                run = subprocess.run([os.path.abspath(args.ringtrue), *words], cwd=folder, capture_output=True, text=True, check=True)
            found = json.loads(run.stdout)
            rows = {item["row"] for item in found["items"]}
            hit = len(rows & set(honest))
            print(json.dumps({"seed": seed, "mails": len(pot) + len(beside), "listed": len(rows), "honest_found": hit,
                              "honest_left": len(honest) - 10, "expected": found["expected"]}), flush=True)


if __name__ == "__main__":
    main()
