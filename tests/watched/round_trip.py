"""Reads a Grafana dashboard with Grafana's own foundation SDK, writes it again, and names every field that was lost
on the way: a field the SDK does not know is one that Grafana ignores.

usage: round_trip.py DASHBOARD.json"""

import json
import sys

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard


def lost(before, after, path=""):
    """Paths of what stands in `before` and not, or otherwise, in `after`."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            if key not in after:
                # What is empty is left out when written; that loses nothing.
                if value not in (None, [], {}, ""):
                    yield f"{path}.{key}: unknown field"
            else:
                yield from lost(value, after[key], f"{path}.{key}")
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield f"{path}: {len(before)} entries became {len(after)}"
        for index, (one, other) in enumerate(zip(before, after)):
            yield from lost(one, other, f"{path}[{index}]")
    elif before != after:
        yield f"{path}: {before!r} became {after!r}"


def main():
    register_default_plugins()
    with open(sys.argv[1], encoding="utf-8") as file:
        before = json.load(file)
    written = json.dumps(Dashboard.from_json(before), cls=JSONEncoder)
    problems = list(lost(before, json.loads(written)))
    for problem in problems:
        print(problem, file=sys.stderr)
    # A check that cannot fail says nothing: a field that does not exist must be missed.
    spoilt = json.loads(json.dumps(before))
    next(panel for panel in spoilt["panels"] if panel["type"] == "stat")["options"]["noSuchField"] = 1
    again = json.loads(json.dumps(Dashboard.from_json(spoilt), cls=JSONEncoder))
    if not any("noSuchField" in problem for problem in lost(spoilt, again)):
        print("a field that does not exist went unnoticed", file=sys.stderr)
        return 1
    print(f"{len(before['panels'])} panels and rows: {len(problems)} fields lost")
    return 1 if problems else 0


sys.exit(main())
