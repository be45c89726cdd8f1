"""Runs a program and says what it cost; shared by the scripts beside it.

Only the standard library is imported here, so that a script which measures memory stays small itself: Linux counts the memory
that a process had before `exec` into the peak of the program it becomes.
"""
import argparse
import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

# Threads that wait for each other would otherwise burn CPU while they do, the more the busier the machine is. For everybody alike.
os.environ["OMP_WAIT_POLICY"] = "passive"


@dataclass
class Cost:
    """What one finished process cost, its children included."""

    status: int
    cpu_seconds: float
    wall_seconds: float
    peak_mebibytes: float
    output: str
    errors: str


def arguments(description, **more):
    """The arguments every script here takes; `more` adds further ones as name=default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", help="folder of the real data files")
    parser.add_argument("--kit", help="folder of the peer kit, which holds the rivals' recipes")
    parser.add_argument("--ringtrue", required=True, help="the ringtrue program to measure")
    for name, default in more.items():
        parser.add_argument("--" + name.replace("_", "-"), default=default, type=type(default))
    return parser.parse_args()


def run(command, expected=(0,), discard_output=False):
    """Runs the command to its end; an exit status that is not expected ends the script with the command's own words."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL if discard_output else output, stderr=errors)
        _, wait_status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(wait_status)
        output.seek(0)
        errors.seek(0)
        cost = Cost(child.returncode, usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024,
                    output.read().decode(), errors.read().decode(errors="replace"))
    if cost.status not in expected:
        sys.exit(f"{' '.join(command)}: exit status {cost.status}\n{cost.errors}")
    return cost


def find(folder, name):
    """The file of this name anywhere below the folder."""
    found = next((os.path.join(at, name) for at, _, names in os.walk(folder) if name in names), None)
    return found or sys.exit(f"{name}: not found below {folder}")


def rows(path):
    """The rows of a plain or gzip CSV file, as dictionaries."""
    opened = gzip.open(path, "rt", encoding="utf-8", newline="") if path.endswith(".gz") else open(path, encoding="utf-8", newline="")
    with opened as file:
        yield from csv.DictReader(file)


def write_rows(path, columns, lines):
    """Writes a CSV file of these columns; further keys of a line are left out."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(lines)


def scores(ringtrue, detector, path):
    """The scores of the file's rows in the file's order, and what they cost; a row left out ends the script."""
    cost = run([ringtrue, "score", "--detector", detector, "--reasons", "0", path])
    found = [json.loads(line) for line in cost.output.splitlines()]
    numbers = [line["row"] for line in found]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        sys.exit(f"{path}: score left rows out or changed their order")
    return [line["score"] for line in found], cost


def table(title, columns, lines):
    """Prints one Markdown table."""
    print(f"\n### {title}\n")
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for line in lines:
        print("| " + " | ".join(str(cell) for cell in line) + " |", flush=True)
