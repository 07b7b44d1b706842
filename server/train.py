# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Train a model on data that scikit-learn ships and write it to a model store.

    python train.py --store models        # writes models/iris/1/{model.skops,model.json}

The same versions of the libraries give the same bytes, so that a checksum names the model and not the day it was made.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path

import sklearn
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skops import io as skops_io

from model_server.models.schema import of_data


def train() -> tuple[BaseEstimator, dict]:
    """A fitted classifier of iris species and what is to be known of it.

    Its columns are lengths in centimetres; its classes are the species' names.
    """
    iris = load_iris()
    species = iris.target_names[iris.target]
    rows, held_out, labels, truth = train_test_split(
        iris.data, species, test_size=0.2, random_state=0, stratify=species
    )
    estimator = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(rows, labels)
    example = iris.data[[0, 50, 100]]
    return estimator, {
        "description": "Species of an iris flower from four lengths in centimetres",
        "feature_names": list(iris.feature_names),
        "classes": estimator.classes_.tolist(),
        "schema": of_data(dict(zip(iris.feature_names, rows.T.tolist(), strict=True))),
        "example": example.tolist(),
        "expected": estimator.predict(example).tolist(),
        "accuracy": round(float(estimator.score(held_out, truth)), 4),
    }


def reproducible(file: bytes) -> bytes:
    """A skops file with object ids counted from 1 and without times, since both differ from run to run.

    skops names objects, and the files of arrays, by their address in memory.
    """
    archive = zipfile.ZipFile(io.BytesIO(file))
    schema = json.loads(archive.read("schema.json"))
    ids: dict[int, int] = {}
    files: dict[str, str] = {}

    def renumber(node) -> None:
        if isinstance(node, list):
            for item in node:
                renumber(item)
        elif isinstance(node, dict):
            if isinstance(node.get("__id__"), int):
                node["__id__"] = ids.setdefault(node["__id__"], len(ids) + 1)
            if isinstance(node.get("file"), str):
                name = node["file"]
                node["file"] = files.setdefault(name, f"{len(files) + 1}{Path(name).suffix}")
            for value in node.values():
                renumber(value)

    renumber(schema)
    entries = {new: archive.read(old) for old, new in files.items()}
    entries["schema.json"] = json.dumps(schema, indent=1).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(entries):
            target.writestr(zipfile.ZipInfo(name), entries[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def write(estimator: BaseEstimator, about: dict, folder: Path) -> dict:
    """Write model.skops and model.json into the folder; returns the metadata."""
    file = reproducible(skops_io.dumps(estimator))
    metadata = {
        "file": "model.skops",
        "sha256": hashlib.sha256(file).hexdigest(),
        "sklearn_version": sklearn.__version__,
        **about,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.skops").write_bytes(file)
    (folder / "model.json").write_text(json.dumps(metadata, indent=2) + "\n", "utf-8")
    return metadata


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", type=Path, required=True, help="folder of models")
    parser.add_argument("--name", default="iris")
    parser.add_argument("--version", default="1")
    arguments = parser.parse_args()
    estimator, about = train()
    metadata = write(estimator, about, arguments.store / arguments.name / arguments.version)
    json.dump(metadata, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
