# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from notify import receiver
from notify.results import failed, finding, result

from ansible_collections.modelops.serving.plugins.module_utils.notify import messages

LONG = failed(message="x" * 10_000, findings=[finding(message="y " * 9000)] * 40, image="z" * 5000)


def test_a_run_that_changed_nothing_is_no_event():
    assert messages.event(result(changed=False), messages.RELEASED) == ""
    assert messages.event(result(), messages.RELEASED) == "released"
    assert messages.event(result(), messages.ROLLED_BACK) == "rolled_back"
    assert messages.event(failed(), messages.ROLLED_BACK) == "failed"
    assert messages.event(failed(changed=False), messages.RELEASED) == "failed"


def test_the_headline_names_the_target_once():
    assert messages.headline(result()) == "model-api r6 → r7 on gke-eu-1/ml-serving"
    assert messages.headline(failed()) == (
        "model-api on gke-eu-1/ml-serving: failed: CrashLoop in model-api r7, r6 serves"
    )


def test_facts_name_what_changed():
    assert ("Revision", "r6 → r7") in messages.facts(result())
    assert ("Revision", "r1") in messages.facts(result(revision=1, previous_revision=0))
    assert ("Serves again", "r6") in messages.facts(failed())
    assert "Serves again" not in dict(messages.facts(result()))


def test_causes_have_their_remedy_and_are_few():
    assert messages.causes(failed()) == [
        "CrashLoop: Pod/model-api-7d4f-x2x9k: exit 3 after 0.4 s, twice Remedy: Set model_serving_schema."
    ]
    assert messages.causes(failed(findings=[finding()] * 5))[-1] == "and 2 more"


@pytest.mark.parametrize("one", [result(), failed(), LONG, result(message="", image="", url="", ready=0)])
def test_every_message_is_as_its_receiver_documents_it(one):
    receiver.of_slack(messages.slack(one))
    receiver.of_teams(messages.teams(one))
    receiver.of_grafana(messages.annotation(one, "released", ["team-risk"], 1.8e9, 1.8e9 + 9.4))


def test_slack_gets_no_markup_from_a_message():
    said = messages.slack(failed(findings=[finding(message="<!channel> & <https://example.org|x>")]))
    assert "<" not in json.dumps(said)
    assert "&lt;!channel&gt; &amp; " in json.dumps(said)


def test_an_annotation_is_a_region_with_tags():
    said = messages.annotation(failed(), "failed", ["failed", "team-risk"], 1_800_000_000.0, 1_800_000_009.5)
    assert (said["time"], said["timeEnd"]) == (1_800_000_000_000, 1_800_000_009_500)
    assert said["tags"] == ["modelops.serving", "failed", "model-api", "ml-serving", "gke-eu-1", "team-risk"]
    assert "Remedy: Set model_serving_schema." in said["text"]


def test_credentials_in_a_message_are_hidden():
    spilled = failed(findings=[finding(message="cannot open s3://key:hunter2@store/x, password=hunter2")])
    spilled |= {
        "message": "the command (kubelogin --client-secret hunter2) failed",
        "addresses": [{"url": "https://u:hunter2@models.example.org"}],
        "prediction": {"token": "hunter2"},
    }
    region = messages.annotation(spilled, "failed", [], 1, 2)
    for said in (*(shape(spilled) for shape in messages.FORMATS.values()), region):
        assert "hunter2" not in json.dumps(said)


def test_a_receiver_of_ones_own_gets_the_whole_result():
    assert messages.plain(failed())["result"] == failed()
