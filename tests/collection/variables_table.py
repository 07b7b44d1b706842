# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Makes the table of the role's variables in docs/variables.md from meta/argument_specs.yml.

Run as a program, it writes the page.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
SPECS = ROOT / "roles" / "model_serving" / "meta" / "argument_specs.yml"
PAGE = ROOT / "docs" / "variables.md"
HEAD = """# Variables of the role model_serving

Set them in the inventory, in a survey or with `-e`. This page is written from
`roles/model_serving/meta/argument_specs.yml`.

Every playbook checks them before anything else:

- Names. An unknown name that begins like a variable of this collection is an error, with the name that was probably
  meant. Name your own variables in `model_serving_own_variables`.
- Types. Text, as surveys and `-e` send it, is read as the type says: `no` as false, `3` as a number. A list may be text
  with commas or newlines between its elements, a dictionary text with `name=value` on each line; both may be JSON.
  `model_serving_kubernetes` is a mapping in any case.
- Values, and how they combine. A playbook checks only what it reads: a wrong number of replicas stops no rollback.

`tests/collection/test_matrix.py` tries every variable of every role with values of other types, out of range, as text,
empty, in unicode, far too long, and with what YAML, Jinja, shells and Prometheus treat in their own ways: 13000 cases.
Each is understood or refused by its name, and what is understood stands in the manifests as it was given.
"""


def page(text: str) -> str:
    """The page for the text of an argument_specs.yml: a table for each section that a comment opens."""
    options = yaml.safe_load(text)["argument_specs"]["main"]["options"]
    text = text.partition("\n  rollback:\n")[0]
    lines = [HEAD]
    for match in re.finditer(r"^ {6}(?:# (?P<section>.+)|(?P<name>\w+):(?: &\w+)?)$", text, re.MULTILINE):
        if match["section"]:
            lines += [f"\n## {match['section']}\n", "| variable | default | meaning |", "| --- | --- | --- |"]
        elif match["name"] in options:
            lines.append(_row(match["name"], options[match["name"]]))
    return "\n".join(lines) + "\n"


def _row(name: str, option: dict) -> str:
    default = json.dumps(option.get("default"))
    meaning = option.get("description", "").replace("|", "\\|").strip()
    if "choices" in option:
        meaning += " One of " + ", ".join(f"`{choice}`" for choice in option["choices"]) + "."
    return f"| `{name}` | `{default}` | {meaning} |"


if __name__ == "__main__":
    PAGE.write_text(page(SPECS.read_text()))
