# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The image's build context: named by what goes in, checked before anything is written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile

import joblib
import pytest
import sklearn
from sklearn.cluster import DBSCAN
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators
from skops import io as skops_io
from support import REPOSITORY

from ansible_collections.modelops.serving.plugins.module_utils.image.without_predict import NAMES as WITHOUT_PREDICT
from model_server.models.store import load


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A checkout's part that goes into the image."""
    folder = tmp_path / "source"
    ignore = shutil.ignore_patterns("__pycache__", "models")
    shutil.copytree(REPOSITORY / "server", folder / "server", ignore=ignore)
    for name in ("Dockerfile", ".dockerignore"):
        shutil.copy(REPOSITORY / name, folder)
    return folder


def assemble(source: Path, **options: object) -> dict:
    """Run the module as Ansible does, with its arguments on standard input; returns its result."""
    arguments = {
        "source": str(source),
        "destination": str(source.parent / "images"),
        "base": "python:3.13-slim",
        **options,
    }
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "plugins" / "modules" / "model_image_context.py")],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "collections")},
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_tag_is_of_the_content(source: Path) -> None:
    first = assemble(source)
    assert first["tag"].startswith("example-")
    assert first["changed"] and Path(first["path"], "Dockerfile").is_file()
    assert assemble(source) == {**first, "changed": False}
    assert assemble(source, base="python:3.12-slim")["tag"] != first["tag"]
    (source / "server" / "model_server" / "more.py").write_text("")
    assert assemble(source)["tag"] != first["tag"]


def test_own_model_goes_in_with_its_checksum(source: Path, iris_store: Path, tmp_path: Path) -> None:
    file = tmp_path / "churn.skops"
    shutil.copy(iris_store / "iris" / "1" / "model.skops", file)
    result = assemble(source, model=str(file), model_version="7")
    about = json.loads((iris_store / "iris" / "1" / "model.json").read_text())
    assert result["models"] == [{"name": "churn", "version": "7", "sha256": about["sha256"]}]
    written = json.loads(Path(result["path"], "server/models/churn/7/model.json").read_text())
    assert written["sklearn_version"] == about["sklearn_version"]
    store = assemble(source, model=str(iris_store))
    assert store["models"][0]["name"] == "iris"
    assert not store["tag"].startswith("example-")
    assert store["tag"] != result["tag"]


def test_modules_and_packages_of_ones_own_change_the_tag(source: Path, tmp_path: Path) -> None:
    file = tmp_path / "mytransforms.py"
    file.write_text("SIZE = 1")
    without, first = assemble(source), assemble(source, modules=[str(file)])
    assert Path(first["path"], "server/modules/mytransforms.py").read_text() == "SIZE = 1"
    file.write_text("SIZE = 2")
    changed, packages = assemble(source, modules=[str(file)]), assemble(source, packages=["feature-engine==1.8.3"])
    assert len({result["tag"] for result in (without, first, changed, packages)}) == 4
    assert Path(packages["path"], "server/extras/own/packages.txt").read_text() == "feature-engine==1.8.3\n"
    shadow = tmp_path / "numpy.py"
    shadow.write_text("")
    assert "would be imported as numpy" in assemble(source, modules=[str(shadow)])["msg"]


def test_a_faulty_model_is_rejected_before_anything_is_written(source: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "notes.md").write_text("")
    (tmp_path / "broken.skops").write_text("no zip")
    (tmp_path / "empty").mkdir()
    for model, message in {
        "nowhere.skops": "does not exist",
        "notes.txt": "is not a model as lightgbm saves it",
        "notes.md": "is no folder, and no file of .skops, .joblib, .json, .ubj, .txt",
        "broken.skops": "is not a skops file",
        "empty": "has neither model.json nor",
    }.items():
        result = assemble(source, model=str(tmp_path / model))
        assert result["failed"] and message in result["msg"]
    assert not (source.parent / "images").exists()


@pytest.mark.parametrize(
    "make",
    [
        DecisionTreeClassifier,
        lambda: make_pipeline(StandardScaler(), DecisionTreeClassifier()),
        lambda: GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 2]}),
    ],
    ids=["estimator", "pipeline", "search"],
)
def test_a_model_that_was_never_fitted_is_rejected(source: Path, tmp_path: Path, make: Callable) -> None:
    file, model = tmp_path / "churn.skops", make()
    skops_io.dump(model, file)
    named = type(model).__name__
    assert f"holds a {named} that was never fitted: fit it" in assemble(source, model=str(file))["msg"]
    skops_io.dump(model.fit([[0.0], [1.0]] * 10, [0, 1] * 10), file)
    assert not assemble(source, model=str(file)).get("failed")


@pytest.mark.parametrize(
    "make", [DBSCAN, lambda: make_pipeline(StandardScaler(), PCA(1))], ids=["estimator", "pipeline"]
)
def test_a_model_that_has_no_predict_is_rejected(source: Path, tmp_path: Path, make: Callable) -> None:
    file, model = tmp_path / "churn.skops", make().fit([[0.0], [1.0]] * 10)
    skops_io.dump(model, file)
    named = type(model[-1] if hasattr(model, "steps") else model).__name__
    assert f"ends in a {named}, which has no predict" in assemble(source, model=str(file))["msg"]


def test_what_has_no_predict_is_known() -> None:
    found = {name for name, one in all_estimators() if not hasattr(one, "predict")}
    # Which has it where what it holds does.
    assert found - {"FrozenEstimator"} <= WITHOUT_PREDICT
    assert not {name for name, one in all_estimators() if hasattr(one, "predict")} & WITHOUT_PREDICT


def test_the_model_that_is_asked_must_be_there(source: Path, iris_store: Path, tmp_path: Path) -> None:
    file = tmp_path / "churn.skops"
    shutil.copy(iris_store / "iris" / "1" / "model.skops", file)
    said = assemble(source, model=str(file), default_model="chrn")["msg"]
    assert "model_serving_model_name is chrn, and the image has churn" in said
    assert not assemble(source, model=str(file), default_model="churn", needs_default=True).get("failed")
    assert not assemble(source, default_model="iris", needs_default=True).get("failed")
    shutil.copytree(iris_store, tmp_path / "store")
    shutil.copytree(iris_store / "iris", tmp_path / "store" / "churn")
    store = str(tmp_path / "store")
    assert "set model_serving_model_name to one of them" in assemble(source, model=store, needs_default=True)["msg"]
    assert not assemble(source, model=store).get("failed")
    assert not assemble(source, model=store, needs_default=True, default_model="iris").get("failed")


def test_a_model_that_differs_from_its_metadata_is_rejected(source: Path, iris_store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "iris"
    shutil.copytree(iris_store / "iris" / "1", folder)
    assert "is not allowed as the name" in assemble(source, model=str(folder), model_name="../up")["msg"]
    with (folder / "model.skops").open("ab") as file:
        file.write(b"more")
    assert "does not have the sha256" in assemble(source, model=str(folder))["msg"]
    (folder / "model.json").write_text('{"file": "../model.skops", "sha256": ""}')
    assert "is not in the same folder" in assemble(source, model=str(folder))["msg"]
    kept = json.loads((iris_store / "iris" / "1" / "model.json").read_text())
    shutil.copy(iris_store / "iris" / "1" / "model.skops", folder)
    (folder / "model.json").write_text(json.dumps({"file": kept["file"], "sha256": kept["sha256"]}))
    assert "has no sklearn_version: add the version" in assemble(source, model=str(folder))["msg"]
    (folder / "model.json").write_text('{"file": "model.skops"}')
    assert "has no 'sha256'" in assemble(source, model=str(folder))["msg"]
    assert not (source.parent / "images").exists()


def test_extras_go_in_where_they_are_needed(source: Path) -> None:
    without, given = assemble(source), assemble(source, extras=["grpc"])
    assert Path(without["path"], "server/extras.txt").read_text() == ""
    assert Path(given["path"], "server/extras.txt").read_text() == "grpc\n"
    assert without["tag"] != given["tag"]
    lock = Path(given["path"], "server/extras/grpc.txt").read_text()
    assert "grpcio==" in lock and "--hash=sha256:" in lock
    (source / "server/extras/grpc.txt").unlink()
    assert "do not have server/extras/grpc.txt" in assemble(source, extras=["grpc"])["msg"]


@pytest.mark.parametrize(
    ("name", "content", "kept_as", "extra"),
    [
        ("churn.ubj", b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner{", "model.ubj", "xgboost"),
        ("churn.json", b'{"learner":{}}', "xgboost.json", "xgboost"),
        ("churn.txt", b"tree\nversion=v4\n", "model.txt", "lightgbm"),
    ],
)
def test_a_booster_brings_its_library(
    source: Path, tmp_path: Path, name: str, content: bytes, kept_as: str, extra: str
) -> None:
    (tmp_path / name).write_bytes(content)
    built = Path(assemble(source, model=str(tmp_path / name))["path"], "server")
    assert (built / "extras.txt").read_text() == f"{extra}\n"
    assert (built / "models/churn/1" / kept_as).read_bytes() == content
    about = json.loads((built / "models/churn/1/model.json").read_text())
    assert (about["file"], set(about)) == (kept_as, {"file", "sha256"})
    both = assemble(source, model=str(built / "models"), extras=["grpc"])
    assert Path(both["path"], "server/extras.txt").read_text() == f"grpc\n{extra}\n"
    (tmp_path / name).write_bytes(b"no model")
    said = assemble(source, model=str(tmp_path / name))["msg"]
    assert f"is not a model as {extra} saves it in a .{name.partition('.')[2]} file" in said


class Doubled(StandardScaler):
    """A transformer of one's own."""


def test_types_that_nobody_trusts_are_named_before_the_build(source: Path, tmp_path: Path) -> None:
    file = tmp_path / "churn.skops"
    skops_io.dump(Doubled().fit([[1.0], [2.0]]), file)
    name = f"{Doubled.__module__}.Doubled"
    said = assemble(source, model=str(file), trusted_types=["my.Type"])["msg"]
    assert f"holds types that are not scikit-learn's: {name}. If you trust them, set model_serving_trusted" in said
    assert f'["my.Type", "{name}"]' in said and "model_image_modules" in said
    assert not (source.parent / "images").exists()
    assert assemble(source, model=str(file), trusted_types=[name], model_sklearn_version="1.9.1")["changed"]
    content = file.read_bytes()
    with ZipFile(file, "w") as archive, ZipFile(BytesIO(content)) as before:
        for entry in before.namelist():
            archive.writestr(entry, before.read(entry).replace(Doubled.__module__.encode(), b"__main__"))
    assert "which a script or notebook defined: the server cannot import it" in assemble(source, model=str(file))["msg"]


def test_a_forest_goes_in_at_the_first_try(source: Path, tmp_path: Path) -> None:
    file = tmp_path / "forest.skops"
    skops_io.dump(RandomForestClassifier(n_estimators=3).fit([[1.0], [2.0]], [0, 1]), file)
    result = assemble(source, model=str(file))
    (model,) = result["models"]
    built = Path(result["path"], "server")
    pin = f"forest/1={model['sha256']}"
    # Pinned by the run that built the image, or by the image itself, which may be deployed anywhere.
    (built / "models.sha256").write_text(pin + "\n")
    for pins, file_of_pins in (((pin,), ""), ((), str(built / "models.sha256"))):
        settings = SimpleNamespace(
            model_sha256=pins,
            model_sha256_file=file_of_pins,
            model_store=str(built / "models"),
            model_version_check="exact",
            model_trusted_types=(),
            model_allow_joblib=False,
        )
        assert load(built / "models/forest/1/model.json", settings).sha256 == model["sha256"]


def test_one_message_says_all_that_a_joblib_file_needs(source: Path, tmp_path: Path) -> None:
    file = tmp_path / "forest.joblib"
    joblib.dump(RandomForestClassifier(n_estimators=3).fit([[1.0], [2.0]], [0, 1]), file)
    said = assemble(source, model=str(file))["msg"]
    assert "can run any code when it is opened" in said
    assert "set model_serving_allow_joblib: true. " in said
    assert not (source.parent / "images").exists()
    joblib.dump(Doubled().fit([[1.0], [2.0]]), file)
    said = assemble(source, model=str(file))["msg"]
    assert "model_serving_allow_joblib: true and model_image_model_sklearn_version: " in said
    permitted = assemble(source, model=str(file), allow_joblib=True)["msg"]
    assert "model_serving_allow_joblib" not in permitted and "model_image_model_sklearn_version" in permitted
    result = assemble(source, model=str(file), allow_joblib=True, model_sklearn_version=sklearn.__version__)
    assert result["models"][0]["name"] == "forest"


@pytest.mark.parametrize("suffix", ["joblib", "skops"])
def test_a_file_says_itself_which_scikit_learn_saved_it(source: Path, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"forest.{suffix}"
    forest = RandomForestClassifier(n_estimators=3).fit([[1.0], [2.0]], [0, 1])
    {"joblib": joblib, "skops": skops_io}[suffix].dump(forest, file)
    given = {"model": str(file), "allow_joblib": True}
    written = assemble(source, **given)["path"]
    about = json.loads(Path(written, "server/models/forest/1/model.json").read_text())
    assert about["sklearn_version"] == sklearn.__version__
    said = assemble(source, **given, model_sklearn_version="1.2.3")["msg"]
    assert f"was saved by scikit-learn {sklearn.__version__}, as it says itself, and not by 1.2.3" in said
    assert "model_image_model_sklearn_version" in said
    folder = tmp_path / "forest"
    shutil.copytree(Path(written, "server/models/forest/1"), folder)
    (folder / "model.json").write_text(json.dumps({**about, "sklearn_version": "1.2.3"}))
    assert (
        f"correct sklearn_version in {folder}/model.json" in assemble(source, **{**given, "model": str(folder)})["msg"]
    )


@pytest.mark.parametrize("suffix", ["joblib", "skops"])
@pytest.mark.parametrize("wrap", [lambda model: {"model": model}, lambda model: [model]], ids=["dict", "list"])
def test_an_estimator_inside_of_something_else_is_refused_before_the_build(
    source: Path, tmp_path: Path, suffix: str, wrap: Callable
) -> None:
    file = tmp_path / f"wrapped.{suffix}"
    model = wrap(DecisionTreeClassifier().fit([[1.0], [2.0]], [0, 1]))
    {"joblib": joblib, "skops": skops_io}[suffix].dump(model, file)
    said = assemble(source, model=str(file), allow_joblib=True)["msg"]
    assert f"holds no model, but a builtins.{type(model).__name__}: save the fitted estimator itself" in said


def test_what_a_training_script_defined_is_refused_before_the_build(source: Path, tmp_path: Path) -> None:
    file = tmp_path / "fun.joblib"
    script = (
        "import joblib, sys\nfrom sklearn.preprocessing import FunctionTransformer\ndef twice(rows): return rows * 2\n"
        "joblib.dump(FunctionTransformer(twice), sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", script, str(file)], check=True)
    said = assemble(source, model=str(file), allow_joblib=True)["msg"]
    assert "needs __main__.twice, which a script or notebook defined" in said and "model_image_modules" in said


def test_a_joblib_file_that_is_cut_off_or_another_one_s_is_rejected(source: Path, tmp_path: Path) -> None:
    whole = tmp_path / "forest.joblib"
    joblib.dump(RandomForestClassifier(n_estimators=3).fit([[1.0], [2.0]], [0, 1]), whole)
    cut, renamed = tmp_path / "cut.joblib", tmp_path / "renamed.joblib"
    cut.write_bytes(whole.read_bytes()[:-9])
    with ZipFile(renamed, "w") as archive:
        archive.writestr("schema.json", "{}")
    given = {"allow_joblib": True, "model_sklearn_version": sklearn.__version__}
    assert "is cut off: copy the whole file" in assemble(source, model=str(cut), **given)["msg"]
    assert "give it the suffix .skops" in assemble(source, model=str(renamed), **given)["msg"]


def test_a_model_that_another_version_saved_is_named_before_the_build(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requirements = source / "server" / "requirements.txt"
    locked = next(line for line in requirements.read_text().splitlines() if line.startswith("scikit-learn=="))
    file = tmp_path / "forest.joblib"
    monkeypatch.setattr("sklearn.base.__version__", "1.2.3")
    joblib.dump(RandomForestClassifier(n_estimators=3).fit([[1.0], [2.0]], [0, 1]), file)
    given = {"model": str(file), "allow_joblib": True}
    said = assemble(source, **given)["msg"]
    assert "the model forest was saved with scikit-learn 1.2.3, and the image has " in said
    assert locked.split("==")[1].split()[0] in said and "model_serving_settings.MODEL_VERSION_CHECK" in said
    assert assemble(source, **given, version_check="off")["changed"]
    requirements.write_text(requirements.read_text().replace(locked, "scikit-learn==1.2.9 \\"))
    assert assemble(source, **given)["changed"]
    assert "msg" in assemble(source, **given, version_check="exact")
