"""Small JSON files with one row a line, so that a change of one picture is a change of one line."""
import json
import pathlib

COMMAND = "python scripts/oracles/generate.py"


def write(path: pathlib.Path, head: dict, key: str, rows: list):
    path.parent.mkdir(parents=True, exist_ok=True)
    members = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in ({"command": COMMAND} | head).items()]
    lines = ",\n".join("  " + json.dumps(row, separators=(",", ":")) for row in rows)
    path.write_text("{\n" + ",\n".join(members) + f",\n{json.dumps(key)}: [\n{lines}\n]}}\n")
    print(f"{path.name}: {len(rows)} rows, {path.stat().st_size} bytes")
