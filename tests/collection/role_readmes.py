# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Makes each role's README.md, which Galaxy requires, from its meta/argument_specs.yml.

Run as a program, it writes the pages.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
ROLES = sorted(path.parent.parent for path in ROOT.glob("roles/*/meta/argument_specs.yml"))
# Ansible's markup in descriptions: C(x), V(x), O(x=y), M(x) and the like.
MARKUP = re.compile(r"\b[CVOMPE]\(([^)]*)\)")


def readme(role: Path) -> str:
    """The page of a role: what it does, its entry points and their variables."""
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    lines = [f"# Role modelops.serving.{role.name}", ""]
    lines += [_plain(specs["main"]["short_description"]) + ".", ""]
    lines += [_plain(sentence) for sentence in _list(specs["main"].get("description"))]
    if len(specs) > 1:
        lines += ["", "| entry point (`tasks_from`) | |", "| --- | --- |"]
        lines += [f"| `{name}` | {_plain(spec['short_description'])} |" for name, spec in specs.items()]
    lines += ["", "## Variables", "", "| variable | type | default | meaning |", "| --- | --- | --- | --- |"]
    options: dict = {}
    for spec in specs.values():
        options = {**spec["options"], **options}
    lines += [_row(name, option) for name, option in options.items()]
    lines += ["", "This page is written from `meta/argument_specs.yml` by `tests/collection/role_readmes.py`."]
    return "\n".join(lines) + "\n"


def _row(name: str, option: dict) -> str:
    meaning = " ".join(_plain(sentence) for sentence in _list(option.get("description")))
    if "choices" in option:
        meaning += " One of " + ", ".join(f"`{choice}`" for choice in option["choices"]) + "."
    default = json.dumps(option.get("default")) if "default" in option else ""
    return (
        f"| `{name}` | {option['type']} | {f'`{default}`' if default else ''} | {meaning.replace('|', chr(92) + '|')} |"
    )


def _list(text: str | list | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or [])


def _plain(text: str) -> str:
    return MARKUP.sub(r"`\1`", " ".join(text.split()))


if __name__ == "__main__":
    for each in ROLES:
        (each / "README.md").write_text(readme(each))
