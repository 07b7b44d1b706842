# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes what the chart has from the role: values.yaml, values.schema.json, the forms of texts, the dashboard, and
docs/helm-values.md.

Their source is meta/argument_specs.yml and the table in vars/helm.yml. Run as a program, it writes the files.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import forms_of_chart
import structure_schema
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "collections"))

from ansible_collections.modelops.serving.plugins.module_utils.variables import helm
from ansible_collections.modelops.serving.plugins.module_utils.variables.ranges import RANGES
from ansible_collections.modelops.serving.plugins.module_utils.variables.reading import MAY_BE_NOTHING

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles" / "model_serving"
CHART = ROOT / "helm" / "model-api"
TABLE = ROLE / "vars" / "helm.yml"
SPECS = ROLE / "meta" / "argument_specs.yml"
COMMAND = "python tests/helm/write_chart.py"
HEAD = f"""# The values of the chart. Written by {COMMAND} from the variables of the role model_serving:
# docs/helm-values.md names the variable of each value.
"""
PAGE_HEAD = """# Values of the chart helm/model-api

Each value is a variable of the role `model_serving`, with the same default and meaning; [helm.md](helm.md) says how to
use the chart. An unknown value is an error. `image.repository`, `image.tag` and `image.digest` together are
`model_serving_image`. The release's name and namespace are `model_serving_name` and `model_serving_namespace`. This
page is written from `roles/model_serving/vars/helm.yml` and `meta/argument_specs.yml`.
"""
# Ansible converts a number where it wants a text, and so does the chart: cpu: 2, maxSurge: 1.
TYPES = {
    "str": ["string", "number"],
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "dict": "object",
    "list": "array",
}
# YAML cuts 1.10 to the number 1.1, so that a version with a point is text.
VERSION = ["string", "integer"]
TEXT = {"type": ["string", "number", "boolean", "null"]}
# Kubernetes knows more of these than the chart, and by their form: nvidia.com/gpu, hugepages-2Mi. Any other name is
# mistyped.
OPEN = ("resources.requests", "resources.limits")
OF_A_VENDOR = {"^(hugepages-[0-9A-Za-z]+|[^/]+/[^/]+)$": TEXT}


@dataclass(frozen=True)
class Value:
    """A value of the chart. ``variable`` is "" for what only the chart has."""

    path: str
    section: str
    variable: str
    default: object
    description: str
    schema: dict


def own(path: str, default: str, description: str) -> Value:
    return Value(path, "", "", default, description, {"type": "string"})


# Values that are no variable of their own, by the path that they stand before.
ONLY_HERE = {
    "commonLabels": [
        own(
            "fullnameOverride",
            "",
            "Name of the instance, which all objects are named after. Empty is the release's name.",
        )
    ],
    "image": [
        own(
            "image.repository", "modelops.serving/model-api", "Image to deploy. The default is what make deploy builds."
        ),
        own("image.tag", "", "Its tag. Empty, and without a digest, it is the chart's appVersion."),
        own("image.digest", "", "Its digest, such as sha256:0123…; with it the tag only names the version."),
    ],
    "test.path": [
        own(
            "test.headersSecret",
            "",
            "Secret whose keys and values are headers of helm test's request, such as API keys.",
        )
    ],
}


def table() -> dict[str, str]:
    return yaml.safe_load(TABLE.read_text())["_model_serving_helm_values"]


def without_value() -> set[str]:
    """The variables that are no value."""
    return set(yaml.safe_load(TABLE.read_text())["_model_serving_helm_without"])


def options() -> dict[str, dict]:
    return yaml.safe_load(SPECS.read_text())["argument_specs"]["main"]["options"]


def sections() -> dict[str, str]:
    """The section of each path, by the comments of the table."""
    found, section = {}, ""
    for match in re.finditer(r"^  (?:# (?P<section>.+)|(?P<path>[\w.-]+): \w+)$", TABLE.read_text(), re.MULTILINE):
        section = match["section"] or section
        if match["path"]:
            found[match["path"]] = section
    return found


def values() -> list[Value]:
    specs, paths = options(), table()
    # In a description, a variable is called by the value that it is here.
    named = {variable: path for path, variable in paths.items()}
    found = []
    for path, section in sections().items():
        found += [Value(**{**vars(value), "section": section}) for value in ONLY_HERE.get(path, ())]
        variable = paths[path]
        if variable == helm.IMAGE:
            continue
        option = specs[variable]
        default = helm.value_of(variable, option.get("default"))
        description = re.sub(r"model_serving_\w+", lambda match: named.get(match[0], match[0]), option["description"])
        found.append(Value(path, section, variable, default, description.strip(), schema(variable, option)))
    return found


def schema(variable: str, option: dict) -> dict:
    """The JSON schema of a variable's value."""
    kind = VERSION if option["type"] == "str" and variable.endswith("version") else TYPES[option["type"]]
    found: dict = {"type": [kind, "null"] if variable in MAY_BE_NOTHING else kind}
    if variable in RANGES:
        found["minimum"], found["maximum"] = RANGES[variable]
    if "choices" in option:
        found = {"enum": option["choices"]}
    elif variable in helm.OF_TEXTS:
        found["additionalProperties"] = TEXT
    elif variable == helm.PULL_SECRETS:
        named = {"properties": {"name": {"type": "string"}}, "additionalProperties": False}
        found["items"] = {"type": "object", "required": ["name"], **named}
    elif model := structure_schema.model_of(variable):
        if option["type"] == "list":
            found["items"] = structure_schema.entry(model)
        else:
            found |= {"allOf": [structure_schema.reference(model)]}
    elif option["type"] == "list":
        found["items"] = {"type": TYPES[option["elements"]], **_entries(option)}
    else:
        found |= _entries(option)
    return found


def _entries(option: dict) -> dict:
    if "options" not in option:
        return {}
    required = [name for name, entry in option["options"].items() if entry.get("required")]
    found = {"additionalProperties": False} | ({"required": required} if required else {})
    return found | {"properties": {name: schema(name, entry) for name, entry in option["options"].items()}}


def schema_file(found: list[Value]) -> str:
    root: dict = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Values of the chart model-api",
        "type": "object",
        "additionalProperties": False,
        # Helm hands these to every chart that is part of another.
        "properties": {
            "global": {"type": "object"},
            "enabled": {"description": "For the condition of a chart that has this one as a part.", "type": "boolean"},
        },
    }
    for value in found:
        *above, last = value.path.split(".")
        at = root
        for depth, part in enumerate(above, 1):
            inner = {"type": "object", "additionalProperties": False, "properties": {}}
            if ".".join(above[:depth]) in OPEN:
                inner["patternProperties"] = OF_A_VENDOR
            _require(at, part)
            at = at["properties"].setdefault(part, inner)
        at["properties"][last] = {"description": value.description, **value.schema}
        if value.variable not in MAY_BE_NOTHING and value.default not in ("", [], {}):
            _require(at, last)
    root["definitions"] = structure_schema.definitions(
        {model for value in found if (model := structure_schema.model_of(value.variable))}
    )
    return json.dumps(root, indent=2, ensure_ascii=False) + "\n"


def _require(group: dict, name: str) -> None:
    """Helm takes away what is null before it asks the schema. What may be empty may be null; all else is missed."""
    required = group.setdefault("required", [])
    if name not in required:
        required.append(name)


def values_file(found: list[Value]) -> str:
    """values.yaml: each value below its description, in the order of the table but for what stands together."""
    tree: dict = {}
    for value in found:
        *above, last = value.path.split(".")
        at = tree
        for part in above:
            at = at.setdefault(part, {})
        at[last] = value
    lines, section = [HEAD.rstrip()], ""
    for key, entry in tree.items():
        first = entry
        while isinstance(first, dict):
            first = next(iter(first.values()))
        if first.section != section:
            section = first.section
            lines += ["", f"## {section}"]
        lines += ["", *_lines(key, entry, "")]
    return "\n".join(lines) + "\n"


def _lines(key: str, entry: Value | dict, indent: str) -> list[str]:
    if isinstance(entry, dict):
        inner = [line for name, below in entry.items() for line in _lines(name, below, indent + "  ")]
        return [f"{indent}{key}:", *inner]
    comment = textwrap.wrap(entry.description, 110, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")
    if "enum" in entry.schema:
        comment += [f"{indent}# One of {', '.join(map(str, entry.schema['enum']))}."]
    if isinstance(entry.default, dict) and entry.default:
        return [
            *comment,
            f"{indent}{key}:",
            *(f"{indent}  {name}: {json.dumps(at)}" for name, at in entry.default.items()),
        ]
    return [*comment, f"{indent}{key}: {json.dumps(entry.default, ensure_ascii=False)}"]


def page(found: list[Value]) -> str:
    lines, section = [PAGE_HEAD.rstrip()], ""
    for value in found:
        if value.section != section:
            section = value.section
            lines += ["", f"## {section}", "", "| value | variable | default | meaning |", "| --- | --- | --- | --- |"]
        variable = f"`{value.variable}`" if value.variable else ""
        meaning = value.description.replace("|", "\\|")
        if "enum" in value.schema:
            meaning += " One of " + ", ".join(f"`{choice}`" for choice in value.schema["enum"]) + "."
        lines.append(f"| `{value.path}` | {variable} | `{json.dumps(value.default)}` | {meaning} |")
    return "\n".join(lines) + "\n"


def files() -> dict[Path, str]:
    """The text of each file that is written."""
    found = values()
    return {
        CHART / "values.yaml": values_file(found),
        CHART / "values.schema.json": schema_file(found),
        CHART / "files" / "forms.json": forms_of_chart.written(table()),
        CHART / "files" / "dashboard.json": (ROLE / "files" / "dashboard.json").read_text(),
        ROOT / "docs" / "helm-values.md": page(found),
    }


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text)
