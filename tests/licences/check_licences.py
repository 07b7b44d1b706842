# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether everything that the project pins has an accepted licence (accepted.yml). Reads no network.

Python packages are asked by their installed metadata. A Go module's licence stands in its own files, which `make
licences` has read into go.txt; so it is with Debian's packages, debian.txt and record_debian.py.
"""

from __future__ import annotations

import sys

import yaml
from pinned import HERE, PYTHON_LOCKS, ROOT, go_files, go_modules, python_licence, python_names
from spdx import accepted


def python_problems(kind: str, licences: dict[str, str | None], rules: dict) -> list[str]:
    """``kind``: tools or images. ``licences``: by package, "" or None for one that is not known."""
    allowed = set(rules["images"]) | (set(rules["tools"]) if kind == "tools" else set())
    found = []
    for name, said in sorted(licences.items()):
        licence = rules["by_hand"].get(name, {}).get("licence") or said
        if not licence:
            found.append(f"{name}: its licence is not known: read it, and write it to by_hand in accepted.yml")
        elif not accepted(licence, allowed):
            found.append(f"{name}: {licence} is not accepted in {kind}")
    return found


def go_problems(modules: set[tuple[str, str]], recorded: dict[tuple[str, str], str], rules: dict) -> list[str]:
    """``modules``: path and version of what one go.mod requires. ``recorded``: the licence of each, from go.txt."""
    found = []
    for path, version in sorted(modules):
        licence = rules["by_hand"].get(path, {}).get("licence") or recorded.get((path, version))
        if licence is None:
            found.append(f"{path} {version}: its licence was not read: make licences")
        elif not accepted(licence, set(rules["images"])):
            found.append(f"{path} {version}: {licence} is not accepted")
    return found


def debian_problems(lines: list[str], rules: dict) -> list[str]:
    refused = [word.lower() for word in rules["refused_in_debian"]]
    return [line for line in lines if any(word in line.partition(":")[2].lower() for word in refused)]


def idle_rules(names: set[str], rules: dict) -> list[str]:
    """What was read by hand and is pinned no more. ``names``: of all packages and modules."""
    return [
        f"accepted.yml: {name} is pinned nowhere: remove it from by_hand"
        for name in rules["by_hand"]
        if name not in names
    ]


def recorded_go() -> dict[tuple[str, str], str]:
    found = {}
    for line in (HERE / "go.txt").read_text(encoding="utf-8").splitlines():
        path, version, licence = line.split(" ", 2)
        found[path, version] = licence
    return found


def main() -> None:
    rules = yaml.safe_load((HERE / "accepted.yml").read_text(encoding="utf-8"))
    problems, names = [], set()
    for kind, lock in ((kind, lock) for kind, locks in PYTHON_LOCKS.items() for lock in locks):
        licences = {name: python_licence(name) for name in python_names(lock)}
        names |= licences.keys()
        problems += [f"{lock.relative_to(ROOT)}: {text}" for text in python_problems(kind, licences, rules)]
    recorded = recorded_go()
    for path in go_files():
        modules = go_modules(path.read_text(encoding="utf-8"))
        names |= {name for name, _version in modules}
        problems += [f"{path.relative_to(ROOT)}: {text}" for text in go_problems(modules, recorded, rules)]
    problems += idle_rules(names, rules)
    debian = (HERE / "debian.txt").read_text(encoding="utf-8").splitlines()
    problems += [f"the base image: {text}" for text in debian_problems(debian, rules)]
    print("\n".join(problems) or f"licences: {len(recorded)} Go modules, {len(debian)} Debian packages, all accepted")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
