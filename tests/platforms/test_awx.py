# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWX as code, against a stand-in of AWX's API that keeps state and checks each request (stand_ins/awx.py).

Most of it calls what the module calls, without starting Ansible; the last tests run the playbook.
"""

from __future__ import annotations

import copy
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from playbook_runs import ROOT, Run, command

from ansible_collections.modelops.serving.plugins.module_utils.awx import apply, data
from ansible_collections.modelops.serving.plugins.module_utils.awx.surveys import HOLDS_SECRETS
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.modules import awx_setup
from ansible_collections.modelops.serving.plugins.plugin_utils import given, questions


def loaded(path: Path):
    spec = importlib.util.spec_from_file_location("stand_in_of_awx", path)
    module = importlib.util.module_from_spec(spec)
    # Where dataclasses look for the types that they name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


stand_in = loaded(Path(__file__).parent / "stand_ins" / "awx.py")
PLAYBOOKS = tuple(f"playbooks/{path.name}" for path in (ROOT / "playbooks").glob("*.yml"))
TOKEN, KUBECONFIG = "hxT9-token-of-awx", "apiVersion: v1\nusers: [{user: {token: pl4nted-s3cret}}]\n"
CREDENTIAL = "model-api: kubeconfig"
SPECS = given.specifications()
ROLE = yaml.safe_load((ROOT / "roles/awx_setup/defaults/main.yml").read_text())
SETTINGS = {name: ROLE[f"awx_setup_{name}"] for name in data.Settings.__dataclass_fields__} | {
    "project_url": "https://git.example.org/models.git",
    "execution_environment": "registry.example.org/model-serving-ee:1",
}


def made(targets: list[dict] | None = None, **settings) -> dict:
    surveys = questions.asked(ROLE["awx_setup_surveys"], SPECS, targets or [])
    return data.data(data.Settings(**{**SETTINGS, **settings}), surveys)


@pytest.fixture
def awx(monkeypatch) -> Iterator:
    monkeypatch.setattr(apply, "PAUSE", 0)
    state = stand_in.Awx(TOKEN, PLAYBOOKS)
    state.add("organizations", name="Default")
    server = stand_in.serve(state)
    state.host = f"http://127.0.0.1:{server.server_address[1]}"
    yield state
    server.shutdown()
    server.server_close()


def set_up(awx, wanted: dict | None = None, check_mode: bool = False, **options) -> dict:
    params = {
        "host": awx.host,
        "token": TOKEN,
        "username": "",
        "password": "",
        "api": "/api/v2",
        "validate_certs": True,
        "ca_cert": None,
        "organization": "Default",
        "data": made() if wanted is None else wanted,
        "secrets": {CREDENTIAL: {"kubeconfig": KUBECONFIG}},
        "renew_secrets": False,
        "adopt": False,
        "timeout": 30,
    }
    return awx_setup.set_up({**params, **options}, check_mode)


@pytest.fixture
def ready(awx):
    """An AWX that has been set up."""
    assert set_up(awx)["changed"]
    awx.requests.clear()
    return awx


def template(awx, key: str = "deploy") -> dict:
    return awx.find("job_templates", f"model-api: {key}")


def test_the_second_run_changes_nothing(ready):
    assert set_up(ready) == {"changed": False, "changes": [], "diff": []}
    assert ready.writes() == []


def test_everything_is_made_and_joined(ready):
    names = {name: [each.get("name") for each in found.values()] for name, found in ready.objects.items()}
    assert len(names["job_templates"]) == 7
    deploy = template(ready)
    assert ready.objects["projects"][deploy["project"]]["name"] == "model-api"
    assert [ready.objects["credentials"][ident]["name"] for ident in deploy["linked"]] == [CREDENTIAL]
    assert ready.find("credentials", CREDENTIAL)["inputs"] == {"kubeconfig": KUBECONFIG}
    nodes = {node["identifier"]: node for node in ready.objects["workflow_job_template_nodes"].values()}
    by_id = {node["id"]: name for name, node in nodes.items()}
    assert [by_id[ident] for ident in nodes["all: verify"]["failure_nodes"]] == ["all: roll back"]
    assert nodes["all: deploy"]["failure_nodes"] == []


def test_check_mode_writes_nothing_and_says_all_that_a_run_does(awx):
    told = set_up(awx, check_mode=True)
    assert awx.writes() == []
    assert set_up(awx)["changes"] == told["changes"]


def test_a_page_of_25_is_not_the_whole_list(awx):
    waves = [{"name": f"wave{number}", "limit": f"region{number}"} for number in range(8)]
    wanted = made(waves=waves)
    assert set_up(awx, wanted)["changed"]
    assert len(awx.objects["workflow_job_template_nodes"]) == 8 * 4 + 7 > stand_in.PAGE
    assert not set_up(awx, wanted)["changed"]


def test_fewer_waves_take_their_nodes_away(awx):
    waves = [{"name": name, "limit": name} for name in ("canary", "europe", "rest")]
    set_up(awx, made(waves=waves))
    assert set_up(awx, made(waves=waves[:2]))["changes"] == ["updated workflow model-api: release in waves (nodes)"]
    assert len(awx.objects["workflow_job_template_nodes"]) == 2 * 4 + 1


@pytest.mark.parametrize(
    ("field", "value"), [("description", "Mine. Kept by modelops.serving."), ("playbook", "playbooks/remove.yml")]
)
def test_a_field_that_was_changed_by_hand_is_shown_and_taken_back(ready, field, value):
    before = template(ready)[field]
    template(ready)[field] = value
    shown = set_up(ready, check_mode=True)
    assert shown["changes"] == [f"updated job template model-api: deploy ({field})"]
    assert (shown["diff"][0]["before"][field], shown["diff"][0]["after"][field]) == (value, before)
    assert template(ready)[field] == value
    assert set_up(ready)["changed"]
    assert template(ready)[field] == before


def change_a_default(awx) -> str:
    template(awx)["survey"]["spec"][1]["default"] = "DEBUG"
    return "job template model-api: deploy (survey)"


def add_a_question(awx) -> str:
    question = {"type": "text", "question_name": "Mine", "variable": "mine", "required": False}
    template(awx)["survey"]["spec"].append(question)
    return "job template model-api: deploy (survey)"


def switch_the_survey_off(awx) -> str:
    template(awx, "verify")["survey_enabled"] = False
    return "job template model-api: verify (survey_enabled)"


def link_another_credential(awx) -> str:
    kind = awx.add("credential_types", name="Theirs", kind="cloud", inputs={}, injectors={})
    organization = awx.find("organizations", "Default")["id"]
    theirs = awx.add("credentials", name="theirs", organization=organization, credential_type=kind["id"])
    template(awx)["linked"].append(theirs["id"])
    return "job template model-api: deploy (credentials)"


def swap_the_inventory(awx) -> str:
    other = awx.add("organizations", name="Other")
    template(awx)["inventory"] = awx.add("inventories", name="model-api", organization=other["id"])["id"]
    return "job template model-api: deploy (inventory)"


def add_a_node(awx) -> str:
    workflow = awx.find("workflow_job_templates", "model-api: release in waves")
    awx.add("workflow_job_template_nodes", identifier="mine", workflow_job_template=workflow["id"])
    return "workflow model-api: release in waves (nodes)"


def cut_an_edge(awx) -> str:
    nodes = {node["identifier"]: node for node in awx.objects["workflow_job_template_nodes"].values()}
    nodes["all: verify"]["failure_nodes"].clear()
    return "workflow model-api: release in waves (nodes)"


def limit_a_node(awx) -> str:
    next(iter(awx.objects["workflow_job_template_nodes"].values()))["limit"] = "production"
    return "workflow model-api: release in waves (nodes)"


def disable_the_schedule(awx) -> str:
    awx.find("schedules", "model-api: verify")["enabled"] = False
    return "schedule model-api: verify (enabled)"


def delete_the_source(awx) -> str:
    awx.objects["inventory_sources"].clear()
    return "inventory source model-api: project"


@pytest.mark.parametrize(
    "change",
    [
        change_a_default,
        add_a_question,
        switch_the_survey_off,
        link_another_credential,
        swap_the_inventory,
        add_a_node,
        cut_an_edge,
        limit_a_node,
        disable_the_schedule,
        delete_the_source,
    ],
    ids=lambda change: change.__name__,
)
def test_what_was_changed_by_hand_is_taken_back(ready, change):
    what = change(ready)
    done = set_up(ready)
    assert done["changes"] in ([f"updated {what}"], [f"created {what}"])
    assert not set_up(ready)["changed"]


def test_what_is_not_ours_stays_as_it_is(awx):
    other = awx.add("organizations", name="Other")["id"]
    awx.add("inventories", name="prod", organization=other)
    kind = awx.add("credential_types", name="Theirs", kind="net", inputs={"fields": []}, injectors={})["id"]
    awx.add("credentials", name="theirs", organization=other, credential_type=kind)
    awx.add("projects", name="theirs", organization=other, scm_type="git", scm_url="https://git.example.org/theirs")
    before = copy.deepcopy(awx.objects)
    set_up(awx)
    set_up(awx, made(verify_schedule="", diagnose_schedule=""))
    for endpoint, records in before.items():
        assert {ident: awx.objects[endpoint][ident] for ident in records} == records
    assert awx.objects["schedules"] == {}


def test_the_same_names_in_another_organization_are_others(awx):
    other = awx.add("organizations", name="Other")["id"]
    project = awx.add("projects", name="model-api", organization=other, scm_type="git", scm_url="https://x.example")
    project["status"] = "successful"
    inventory = awx.add("inventories", name="model-api", organization=other)
    theirs = awx.add(
        "job_templates",
        name="model-api: deploy",
        project=project["id"],
        playbook="playbooks/deploy.yml",
        inventory=inventory["id"],
    )
    before = copy.deepcopy(theirs)
    assert set_up(awx)["changed"]
    assert theirs == before
    ours = [each for each in awx.objects["job_templates"].values() if each["name"] == "model-api: deploy"][1]
    assert ours["inventory"] != inventory["id"] and ours["project"] != project["id"]
    assert not set_up(awx)["changed"]


def refused(awx, *args, **options) -> str:
    with pytest.raises(ServingError) as error:
        set_up(awx, *args, **options)
    return str(error.value)


def test_a_name_that_is_unique_in_all_of_awx_and_taken_is_told_before_anything(awx):
    other = awx.add("organizations", name="Other")["id"]
    awx.add("execution_environments", name="model-api", organization=other, image="theirs:1")
    assert refused(awx, adopt=True) == (
        "The execution environment 'model-api' belongs to Other, and AWX has each such name only once: choose another"
        " awx_setup_name."
    )
    assert awx.writes() == []


def test_what_somebody_else_made_is_taken_over_only_when_it_is_allowed(awx):
    organization = awx.find("organizations", "Default")["id"]
    awx.add("inventories", name="model-api", organization=organization, description="Our machines")
    assert "The inventory 'model-api' is in AWX already and was not made by this playbook." in refused(awx)
    assert awx.writes() == []
    assert "updated inventory model-api (description)" in set_up(awx, adopt=True)["changes"]


def test_a_survey_with_a_wrong_type_is_refused_with_its_name(awx):
    wanted = made()
    question = wanted["controller_templates"][0]["survey_spec"]["spec"][3]
    question["type"] = "dropdown"
    said = refused(awx, wanted)
    assert "AWX refused the job template model-api: deploy: its survey is not accepted: 'dropdown' in survey" in said
    assert "It is the question 'Fewest replicas', for model_serving_autoscaling_min_replicas." in said
    # What was made before stays, and the next run goes on from there.
    assert "Before that: created credential type" in said
    done = set_up(awx)["changes"]
    assert done[0] == "updated job template model-api: deploy (credentials, survey)" or "deploy (survey)" in done[0]
    assert not set_up(awx)["changed"]


def test_a_survey_that_was_taken_and_not_kept_is_an_error_with_the_questions_name(awx):
    def forget(endpoint: str, record: dict) -> None:
        if endpoint == "survey_spec" and record["name"] == "model-api: deploy":
            record["survey"] = {**record["survey"], "spec": record["survey"]["spec"][1:]}

    awx.spoil = forget
    said = refused(awx)
    assert said == (
        "AWX has not kept the survey of the job template model-api: deploy as it was sent:"
        " 'Image' (model_serving_image)."
    )


def test_a_field_that_was_taken_and_not_kept_is_an_error(awx):
    def forget(endpoint: str, record: dict) -> None:
        if endpoint == "execution_environments":
            record["pull"] = "always"

    awx.spoil = forget
    assert refused(awx).startswith("AWX has not kept pull of the execution environment model-api as it was sent")


def test_wrong_credentials_and_missing_rights_are_told_apart(awx):
    assert refused(awx, token="wrong").startswith("AWX rejected our credentials: set awx_setup_token")
    said = refused(awx, token=awx.read_only_token)
    assert "may not POST" in said and "give it the role Admin of the organization" in said


def test_a_user_and_a_password_do_as_well(awx):
    assert set_up(awx, token="", username="admin", password=TOKEN)["changed"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"organization": "Nobody"}, "The organization 'Nobody' is not in AWX"),
        ({"api": "/api/controller/v2"}, "correct awx_setup_host and awx_setup_api"),
        ({"host": "http://127.0.0.1:9"}, "http://127.0.0.1:9 cannot be reached"),
    ],
)
def test_a_wrong_address_is_named(awx, options, sentence):
    assert sentence in refused(awx, **options)


def test_a_project_that_cannot_be_fetched_names_its_variables(awx):
    said = refused(awx, made(project_url="https://git.example.org/missing.git"))
    assert "AWX cannot fetch the project model-api from https://git.example.org/missing.git" in said
    assert "correct awx_setup_project_url, awx_setup_project_branch or awx_setup_project_credential" in said


def test_a_credential_that_does_not_exist_is_told_before_anything(awx):
    said = refused(awx, made(credential="cluster"))
    assert "The credential 'cluster', which the job template model-api: deploy needs, is not in AWX" in said
    assert awx.writes() == []


def test_a_rule_that_awx_refuses_is_shown_with_its_reason(awx):
    said = refused(awx, made(verify_schedule="DTSTART:20260101T000000Z RRULE:FREQ=DAILY"))
    assert "AWX refused the schedule model-api: verify: rrule: INTERVAL required in rrule" in said


def test_a_credential_of_awx_is_used_as_it_is(awx):
    organization = awx.find("organizations", "Default")["id"]
    kind = awx.add("credential_types", name="Bearer", kind="cloud", inputs={}, injectors={})["id"]
    theirs = awx.add("credentials", name="cluster", organization=organization, credential_type=kind)
    wanted = made(credential="cluster")
    set_up(awx, wanted, secrets={})
    assert template(awx)["linked"] == [theirs["id"]]
    assert not set_up(awx, wanted, secrets={})["changed"]


def test_secrets_are_sent_and_in_no_result(awx):
    done = set_up(awx)
    assert "pl4nted-s3cret" not in json.dumps(done)
    assert any("pl4nted-s3cret" in json.dumps(body) for _method, _path, body in awx.requests)
    address = set_up(awx, made(project_url="https://me:pl4nted-s3cret@git.example.org/m.git"), check_mode=True)
    assert "pl4nted-s3cret" not in json.dumps(address) and address["changed"]
    renewed = set_up(awx, renew_secrets=True, secrets={CREDENTIAL: {"kubeconfig": "another"}})
    assert renewed["changes"] == [f"renewed the secrets of credential {CREDENTIAL}"]
    assert awx.find("credentials", CREDENTIAL)["inputs"] == {"kubeconfig": "another"}


# The playbook


# What a vault gives under a name that says nothing.
VAULTED = "v4ulted-s3tting"


@pytest.fixture
def playbook(awx, tmp_path):
    hosts = {
        name: {"model_serving_log_level": "DEBUG", "model_serving_autoscaling_min_replicas": few}
        for name, few in (("eu", 2), ("us", 4))
    }
    common = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "vault_setting": VAULTED,
        "model_serving_settings": {"SERVER_X": "{{ vault_setting }}"},
    }
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"vars": common, "hosts": hosts}}))
    variables = {
        "awx_setup_host": awx.host,
        "awx_setup_token": TOKEN,
        "awx_setup_kubeconfig": KUBECONFIG,
        "awx_setup_project_url": SETTINGS["project_url"],
        "awx_setup_execution_environment": SETTINGS["execution_environment"],
    }
    (tmp_path / "awx.yml").write_text(yaml.safe_dump(variables))

    def run(*arguments: str) -> Run:
        inventory = str(tmp_path / "hosts.yml")
        return command(
            "ansible-playbook", "playbooks/awx.yml", "-i", inventory, "-e", f"@{tmp_path}/awx.yml", *arguments
        )

    return run


def test_the_playbook_tells_sets_up_and_changes_nothing_more(awx, playbook, tmp_path):
    told = playbook("--check", "--diff", "-vvv")
    assert told.status == 0, told.output
    assert awx.writes() == []
    assert "+++ after: job template model-api: deploy" in told.output
    done = playbook("-e", f"awx_setup_directory={tmp_path}/data")
    assert done.status == 0, done.output
    # What all targets have is the default; where they differ there is none, so that each keeps its own.
    questions = {question["variable"]: question for question in template(awx)["survey"]["spec"]}
    assert questions["model_serving_log_level"]["default"] == "DEBUG"
    assert "default" not in questions["model_serving_autoscaling_min_replicas"]
    assert "default" not in questions["model_serving_settings"]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "data").iterdir()} == {0o600}
    again = playbook("-vvv")
    assert "changed=0" in again.output, again.output
    written = "\n".join(path.read_text() for path in (tmp_path / "data").iterdir())
    for output in (told.output, done.output, again.output, written):
        assert "pl4nted-s3cret" not in output
        assert TOKEN not in output
        assert VAULTED not in output


def test_what_is_missing_is_told_at_once(awx, playbook):
    run = playbook("-e", '{"awx_setup_project_url": "", "awx_setup_kubeconfig": "", "awx_setup_tokn": "x"}')
    assert "awx_setup_tokn is not a known variable; is awx_setup_token meant?" in run.output, run.output
    run = playbook("-e", '{"awx_setup_project_url": "", "awx_setup_kubeconfig": ""}')
    assert run.status != 0
    said = " ".join(run.output.split())
    assert "Set awx_setup_project_url to the git repository" in said
    assert "Set awx_setup_kubeconfig to the content of a kubeconfig" in said
    assert awx.requests == []


def of_awx(module: str, item: dict, *names: str, **more) -> dict:
    """A task of the collection awx.awx, with what our data says of an object."""
    return {f"awx.awx.{module}": {name: item[name] for name in names if name in item} | more}


@pytest.mark.timeout(180)
def test_the_collection_awx_awx_finds_nothing_to_change(ready, tmp_path):
    """Its modules were written by others, for AWX itself: they read the data as we do, and ask the stand-in as AWX."""
    wanted = made()
    deploy, workflow = wanted["controller_templates"][0], wanted["controller_workflows"][0]
    tasks = [
        of_awx(
            "project", wanted["controller_projects"][0], "name", "organization", "scm_url", "scm_clean", "description"
        ),
        of_awx("credential_type", wanted["controller_credential_types"][0], "name", "kind", "inputs"),
        of_awx("schedule", wanted["controller_schedules"][0], "name", "unified_job_template", "rrule", "enabled"),
        of_awx(
            "job_template",
            deploy,
            *("name", "organization", "project", "playbook", "inventory", "credentials", "execution_environment"),
            *("extra_vars", "survey_enabled", "survey_spec", "ask_limit_on_launch"),
        ),
        *(
            of_awx(
                "workflow_job_template_node",
                node,
                *("identifier", "unified_job_template", "limit", "success_nodes", "failure_nodes"),
                workflow_job_template=workflow["name"],
                organization="Default",
            )
            for node in workflow["simplified_workflow_nodes"][:2]
        ),
    ]
    access = {"controller_host": ready.host, "controller_oauthtoken": TOKEN}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "module_defaults": {"group/awx.awx.controller": access},
        "tasks": tasks,
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    run = command("ansible-playbook", str(tmp_path / "play.yml"), "-i", "localhost,", "-c", "local")
    assert run.status == 0, run.output
    assert f"ok={len(tasks)}" in run.output and "changed=0" in run.output, run.output
    assert ready.writes() == []


def test_awx_takes_a_question_for_every_variable_that_can_be_asked():
    for playbook, entries in questions.READ.items():
        options = {name: option for entry in entries for name, option in SPECS[entry].items()}
        titles = {
            name: name for name, option in options.items() if not option.get("no_log") and name not in HOLDS_SECRETS
        }
        survey = questions.asked({playbook: titles}, SPECS, [])[playbook]
        assert len(survey["spec"]) == len(titles) > 0
        assert stand_in.wrong_survey(survey) == ""
