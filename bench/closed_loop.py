#!/usr/bin/env python3
"""Draws the curves of `ringtrue simulate --loop --json` as one SVG: true recall at the block threshold by cycle, means over seeds with 95 % bands.

    ringtrue simulate --loop --seeds 20 --json > loop.json
    python3 bench/closed_loop.py loop.json docs/closed-loop.svg

Several inputs are drawn together; a policy that stands in more than one is taken from the first. Needs nothing but Python.
"""

import json
import sys

LEFT, TOP, WIDTH, HEIGHT = 60, 40, 560, 300
STYLES = {
    "oracle": ("#5a6273", "6 3"),
    "audited": ("#a8321a", ""),
    "audited_forgetful": ("#c8912b", "2 2"),
    "passed": ("#2b5f9e", ""),
    "passed_with_floor": ("#2b5f9e", "2 2"),
    "verdicts": ("#3a7d44", ""),
    "corrected": ("#3a7d44", "2 2"),
    "never": ("#1b2230", "1 3"),
}


def place(cycle, value, cycles):
    return f"{LEFT + WIDTH * (cycle - 1) / (cycles - 1):.1f} {TOP + HEIGHT * (1 - value):.1f}"


def drawn(policy, number):
    colour, dash = STYLES[policy["policy"]]
    means = policy["recall"]
    line = "L".join(place(at, it["value"], len(means)) for at, it in enumerate(means, 1))
    upper = [place(at, it["high"], len(means)) for at, it in enumerate(means, 1)]
    lower = [place(at, it["low"], len(means)) for at, it in enumerate(means, 1)]
    band = "L".join(upper + lower[::-1])
    y = TOP + 10 + 22 * number
    x = LEFT + WIDTH + 14
    stroke = f'stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}" fill="none"'
    return (
        f'<path d="M{band}Z" fill="{colour}" fill-opacity="0.12"/><path d="M{line}" {stroke}/>'
        f'<path d="M{x} {y}h26" {stroke}/><text x="{x + 32}" y="{y + 4}">{policy["policy"].replace("_", " ")}</text>'
    )


def main(inputs, out):
    policies = {}
    for name in inputs:
        with open(name, encoding="utf-8") as file:
            for policy in json.load(file)["policies"]:
                policies.setdefault(policy["policy"], policy)
    ordered = [policies[name] for name in STYLES if name in policies]
    cycles = len(ordered[0]["recall"])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 190} {TOP + HEIGHT + 50}" font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="#fffefb"/>',
        f'<text x="{LEFT}" y="20">true recall at the block threshold, by cycle</text>',
    ]
    for share in range(0, 101, 20):
        y = TOP + HEIGHT * (1 - share / 100)
        parts.append(f'<path d="M{LEFT} {y:.1f}h{WIDTH}" stroke="#e3dfd5"/><text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share} %</text>')
    for cycle in range(1, cycles + 1):
        x = LEFT + WIDTH * (cycle - 1) / (cycles - 1)
        parts.append(f'<text x="{x:.1f}" y="{TOP + HEIGHT + 20}" text-anchor="middle">{cycle}</text>')
    parts += [drawn(policy, number) for number, policy in enumerate(ordered)]
    with open(out, "w", encoding="utf-8") as file:
        file.write("\n".join(parts) + "\n</svg>\n")


if __name__ == "__main__":
    main(sys.argv[1:-1], sys.argv[-1])
