#!/usr/bin/python
# Copyright (c) 2026 modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: model_image_context
short_description: Assemble what the model server's image is built from
version_added: 1.0.0
description:
  - Copies the Dockerfile, the server and a model into a folder that is named by a hash of all that goes into the image.
  - The same hash is the image's tag, so an unchanged build can be skipped and a deployment names exactly what it runs.
  - A model is checked before anything is written; its file is never opened as a model.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  source:
    description: Folder with C(Dockerfile) and C(server/).
    type: path
    required: true
  destination:
    description: Folder in which the build contexts are kept, one below it for each hash.
    type: path
    required: true
  model:
    description:
      - A model to serve instead of the example that the build trains.
      - A C(.skops) or C(.joblib) file, a folder with a C(model.json), or a store of C(<name>/<version>/model.json).
    type: path
  model_name:
    description: Name of the model; the default is the file's or folder's own. Not used for a store.
    type: str
  model_version:
    description: Version of the model. Not used for a store.
    type: str
    default: "1"
  model_sklearn_version:
    description: The scikit-learn version that saved the model; needed only for a C(.joblib) file without C(model.json).
    type: str
  base:
    description: What the image is built on; part of the hash.
    type: str
    required: true
attributes:
  check_mode:
    description: The hash is computed, nothing is written.
    support: full
  diff_mode:
    description: There is nothing to show but the hash, which is in the result.
    support: none
"""

EXAMPLES = r"""
- name: Assemble the build of a model of your own
  modelops.serving.model_image_context:
    source: "{{ playbook_dir }}/.."
    destination: ~/.cache/modelops-serving/images
    model: models/churn.skops
    model_version: "2024-11"
    base: python:3.13-slim
"""

RETURN = r"""
tag:
  description: First 12 hexadecimal digits of the hash.
  type: str
  returned: always
path:
  description: The build context.
  type: str
  returned: always
models:
  description: The models that go in; empty for the bundled example, which the build trains.
  type: list
  elements: dict
  returned: always
  sample:
    - name: churn
      version: "1"
      sha256: b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
import zipfile

from ansible.module_utils.basic import AnsibleModule

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
FORMATS = (".skops", ".joblib")
SKLEARN_VERSION = re.compile(r'"_sklearn_version"\s*:\s*\{[^{}]*"content"\s*:\s*"\\"([0-9][^"\\]*)\\""')


class BadModel(Exception):
    """The model cannot go into an image; the message names the file and what to do."""


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def version_in_skops(path):
    """The scikit-learn version that a skops file says it was saved with, or None."""
    try:
        with zipfile.ZipFile(path) as archive:
            found = SKLEARN_VERSION.search(archive.read("schema.json").decode("utf-8"))
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BadModel(f"{path} is no skops file: {error}") from error
    return found.group(1) if found else None


def metadata_of(path, sklearn_version):
    """The model.json for a bare model file."""
    version = sklearn_version or (version_in_skops(path) if path.endswith(".skops") else None)
    if not version:
        raise BadModel(f"{path} does not say which scikit-learn saved it; set model_image_model_sklearn_version")
    return {
        "file": "model" + os.path.splitext(path)[1],
        "sha256": sha256_of(path),
        "sklearn_version": version,
    }


def check_names(*names):
    for name in names:
        if not NAME.fullmatch(name):
            raise BadModel(f"{name!r} is no name for a model or a version (letters, digits, '.', '_', '-')")


def listed(folder, metadata):
    """The files of one version from its model.json: name in the store to path on disk."""
    path = os.path.join(folder, str(metadata.get("file", "")))
    if os.path.dirname(path) != folder.rstrip("/") or not os.path.isfile(path):
        raise BadModel(f"{folder}/model.json names the file {metadata.get('file')!r}, which is not beside it")
    if sha256_of(path) != metadata.get("sha256"):
        raise BadModel(
            f"{path} has not the sha256 that model.json says: it was changed, or model.json is another model's"
        )
    return {metadata["file"]: path, "model.json": os.path.join(folder, "model.json")}


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        raise BadModel(f"{path} cannot be read: {error}") from error


def versions_of(path, name, version, sklearn_version):
    """Every version that goes into the image: (name, version, metadata, {file name in the store: path or bytes})."""
    if not os.path.exists(path):
        raise BadModel(f"the model {path} does not exist (model_image_model)")
    if os.path.isfile(path):
        if not path.endswith(FORMATS):
            raise BadModel(f"{path}: expected a file ending in {' or '.join(FORMATS)}, or a folder (model_image_model)")
        metadata = metadata_of(path, sklearn_version)
        name = name or os.path.splitext(os.path.basename(path))[0]
        return [
            (
                name,
                version,
                metadata,
                {metadata["file"]: path, "model.json": json.dumps(metadata, indent=2).encode()},
            )
        ]
    if os.path.isfile(os.path.join(path, "model.json")):
        metadata = read_json(os.path.join(path, "model.json"))
        return [(name or os.path.basename(path.rstrip("/")), version, metadata, listed(path, metadata))]
    found = []
    for model in sorted(os.listdir(path)):
        for one in sorted(os.listdir(os.path.join(path, model))) if os.path.isdir(os.path.join(path, model)) else ():
            folder = os.path.join(path, model, one)
            if os.path.isfile(os.path.join(folder, "model.json")):
                metadata = read_json(os.path.join(folder, "model.json"))
                found.append((model, one, metadata, listed(folder, metadata)))
    if not found:
        raise BadModel(f"{path} holds no model.json, and no <name>/<version>/model.json below it (model_image_model)")
    return found


def sources(root):
    """The Dockerfile, its ignore file and the server: path in the context to path on disk."""
    files = {name: os.path.join(root, name) for name in ("Dockerfile", ".dockerignore")}
    server = os.path.join(root, "server")
    for folder, folders, names in os.walk(server):
        folders[:] = [
            f for f in folders if f != "__pycache__" and os.path.join(folder, f) != os.path.join(server, "models")
        ]
        for name in names:
            if not name.endswith(".pyc"):
                path = os.path.join(folder, name)
                files[os.path.relpath(path, root)] = path
    missing = [
        name for name in ("Dockerfile", "server/requirements.txt") if not os.path.isfile(os.path.join(root, name))
    ]
    if missing:
        raise BadModel(f"{root} is not where the server's sources are: no {', '.join(missing)} (model_image_source)")
    return files


def content(path_or_bytes):
    if isinstance(path_or_bytes, bytes):
        return path_or_bytes
    with open(path_or_bytes, "rb") as file:
        return file.read()


def digest(files, base):
    """A hash of names and contents, in an order that does not depend on the file system."""
    total = hashlib.sha256(base.encode())
    for name in sorted(files):
        total.update(f"\0{name}\0".encode())
        total.update(hashlib.sha256(content(files[name])).digest())
    return total.hexdigest()


def write(files, path):
    """Write the context so that it is there whole or not at all."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = tempfile.mkdtemp(dir=os.path.dirname(path), prefix=".new-")
    try:
        for name, source in files.items():
            target = os.path.join(temporary, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as file:
                file.write(content(source))
        os.rename(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def main():
    module = AnsibleModule(
        argument_spec={
            "source": {"type": "path", "required": True},
            "destination": {"type": "path", "required": True},
            "model": {"type": "path"},
            "model_name": {"type": "str"},
            "model_version": {"type": "str", "default": "1"},
            "model_sklearn_version": {"type": "str"},
            "base": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    options = module.params
    try:
        files = sources(os.path.abspath(options["source"]))
        models = []
        if options["model"]:
            for name, version, metadata, parts in versions_of(
                os.path.abspath(options["model"]),
                options["model_name"],
                options["model_version"],
                options["model_sklearn_version"],
            ):
                check_names(name, version)
                models.append({"name": name, "version": version, "sha256": metadata["sha256"]})
                files.update({f"server/models/{name}/{version}/{part}": path for part, path in parts.items()})
        tag = digest(files, options["base"])[:12]
        path = os.path.join(options["destination"], tag)
        changed = not os.path.isdir(path)
        if changed and not module.check_mode:
            write(files, path)
    except BadModel as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"cannot assemble the image's build: {error}")
    module.exit_json(changed=changed, tag=tag, path=path, models=models)


if __name__ == "__main__":
    main()
