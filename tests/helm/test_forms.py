# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The chart holds texts to the role's forms, in the role's sentences: before Helm makes the first object."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from chart import template
from forms_of_chart import OF_THE_IMAGE, SHAPE, put, written
from write_chart import CHART, table

from ansible_collections.modelops.serving.plugins.module_utils.variables import forms, helm

RULES = json.loads(written(table()))["rules"]
# Those that are a form of the role; the others are held to the role's constraints in test_constraints.py.
KNOWN = [rule for rule in RULES if rule["sentence"].startswith(SHAPE.partition("%s")[0])]
OF_PATH = {path: forms.FORMS[name] for path, name in table().items() if name in forms.FORMS} | OF_THE_IMAGE
TEXTS = [
    *(
        "a",
        "a-b.c",
        "a" * 63,
        "A",
        "a..b",
        "-a",
        "a.",
        "a_b",
        "ml.serving",
        "a" * 64,
        "a" * 254,
        "churn",
        "a.b-c_1",
        "größe",
    ),
    *(
        "models.example.org",
        "*.example.org",
        "7.example.org",
        "https://a.org",
        "a.org:80",
        "a.org/b",
        "a b",
        "192.0.2.7",
    ),
    *(
        "192.0.2.0/24",
        "2001:db8::/32",
        "::1/128",
        "10.0.0.0/33",
        "256.0.0.0/8",
        "10.0.0.0/08",
        "::1%e/64",
        "a:b/129",
        "/24",
        "192.0.2.7/24",
        "192.0.2.7/32",
        "10.0.0.128/25",
        "0.0.0.0/0",
        "0.0.0.1/0",
        "fd00::1/8",
        "fd00::/8",
        "FD00::/7",
        "fd00::/9",
        "::/0",
        "::1/0",
        "2001:db8:1:2:3:4:5:6/128",
        "2001:db8:1:2:3:4:5:6/127",
        "1:2:3:4::/62",
        "1:2:3:4::/61",
        "::1:0:0:0:0/64",
        "::1:0:0:0:0/63",
        "1::8000/113",
        "1::8000/112",
        "1:2:3:4:5:6:7::/112",
        "1:2:3:4:5:6:7::/111",
    ),
    *(
        "api",
        "api:1",
        "localhost:5000/a/b:1_x",
        f"r.org/a@sha256:{'0' * 64}",
        f"sha256:{'0' * 64}",
        "[::1]:5000/a",
        "a//b",
    ),
    *("/", "/a", "/a/b_c~.d/", "/a//b", "//", "/a/../b", "/a/./b", "/..", "/...", "/.a/..b", "/a b", "/a;b", "/%2e"),
    *("/predict", "/v2/a?b=c", "predict", "/a\n", "5m", "1h30m", "90s", "5", "m", "1m1h", "5 m"),
    *(
        "sklearn.tree._tree.Tree",
        "numpy.dtype[float64]",
        "a,b",
        "a\n",
        "\n",
        "0.05",
        "50m",
        "1",
        "5%",
        "-1",
        "1.4",
        "x\ty",
    ),
]
# A path of the chart that takes a list of texts.
LIST = "models.secrets"


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CHART, tmp_path / "model-api"))


@pytest.mark.parametrize("form", {form["pattern"]: form for form in KNOWN}.values(), ids=lambda form: form["path"])
def test_go_reads_each_form_as_python_does(form: dict, chart: Path):
    """``also`` is for the role alone, but for bits beyond a prefix: it says what cannot be printed."""
    (chart / "files" / "forms.json").write_text(
        json.dumps({"nothing": [], "rules": [{**form, "path": LIST, "field": ""}]})
    )
    done = template(put(LIST, TEXTS), chart=chart)
    refused = {int(number) for number in re.findall(rf"{re.escape(LIST)}\[(\d+)\] \('", done.stderr)}
    role = OF_PATH[form["path"]]
    assert refused == {number for number, text in enumerate(TEXTS) if not role.fits(text)}
    assert 0 < len(refused) < len(TEXTS)


def test_every_text_of_the_chart_is_held_to_its_form():
    """One wrong text at each path, all in one run: a sentence for each."""
    values: dict = {}
    for form in KNOWN:
        helm.put(values, form["path"], wrong(form["path"], "a b!"))
    done = template(values)
    assert done.returncode
    said = {form["path"]: form["sentence"].partition("{text}")[2] for form in KNOWN}
    missing = [path for path, rest in said.items() if f"('a b!{rest}" not in done.stderr]
    assert not missing, done.stderr
    named = re.findall(r"^(?:.*: )?(\S+) \('a b!'\) must be", done.stderr, re.MULTILINE)
    assert sorted(re.sub(r"\[0\](\.name)?$|(?<=alerts\.for)\.\w+$", "", name) for name in named) == [
        f["path"] for f in KNOWN
    ]


def wrong(path: str, text: str):
    if path == "alerts.for":
        return {"ModelServerRejects": text}
    if path == "imagePullSecrets":
        return [{"name": text}]
    schema = json.loads((CHART / "values.schema.json").read_text())
    for part in path.split("."):
        schema = schema["properties"][part]
    return [text] if schema["type"] == "array" else text


@pytest.mark.parametrize("word", ["None", "null", "~"])
def test_a_word_for_nothing_is_no_name(word):
    done = template(put("ingress.host", word))
    said = f"ingress.host ('{word}') is a word for nothing: leave it empty, as in ingress.host=''."
    assert done.returncode and said in done.stderr
