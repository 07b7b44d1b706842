#!/usr/bin/python
# Copyright (c) 2026 modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: model_image_context
short_description: Assemble the build context of a model server's image
version_added: 0.1.0
description:
  - Copies the Dockerfile, the server and a model into a folder. Its name is a hash of everything in the image.
  - The hash is also the image's tag, so an unchanged build can be skipped and the tag identifies the content.
  - Checks the model before it writes anything. Never loads the file as a model.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  source:
    description: Folder with C(Dockerfile) and C(server/).
    type: path
    required: true
  destination:
    description: Folder for the build contexts. Each gets a subfolder named by its hash.
    type: path
    required: true
  model:
    description:
      - The model to serve. Without one the build trains an example.
      - A C(.skops) or C(.joblib) file, a model of XGBoost (C(.ubj), C(.json)) or LightGBM (C(.txt)), a folder with a
        C(model.json), or a store of C(<name>/<version>/model.json).
    type: path
  model_name:
    description: Name of the model; by default that of the file or folder. Not used for a store.
    type: str
    default: ""
  model_version:
    description: Version of the model. Not used for a store.
    type: str
    default: "1"
  model_sklearn_version:
    description:
      - The scikit-learn version that saved the model. Needed only where the file does not say it.
      - Another one than the file's is refused.
    type: str
    default: ""
  trusted_types:
    description: Types that a C(.skops) file may contain besides those of scikit-learn, numpy and scipy.
    type: list
    elements: str
    default: []
  allow_joblib:
    description: Whether the server will open C(.joblib) files, which can run any code.
    type: bool
    default: false
  version_check:
    description:
      - How many numbers of the scikit-learn that saved the model must be those of the image's. The server's
        C(MODEL_VERSION_CHECK).
    type: str
    choices: [exact, minor, "off"]
    default: minor
  default_model:
    description: Name of the model that answers where a request names none. It must be one of the image's.
    type: str
    default: ""
  needs_default:
    description: Whether a request that names no model is to be answered. Then several models need O(default_model).
    type: bool
    default: false
  extras:
    description: Names of locks in C(server/extras/) that the image needs besides C(server/extras.txt) and the model.
    type: list
    elements: str
    default: []
  modules:
    description: Paths of C(.py) files and of folders of packages that models need. The server can import them.
    type: list
    elements: path
    default: []
  packages:
    description:
      - Requirement lines of packages that models need, and paths of files of such lines, whose name ends with C(.txt).
      - They are installed beside the server's lock, which stays as it is.
    type: list
    elements: str
    default: []
  base:
    description: Base image. It is part of the hash.
    type: str
    required: true
extends_documentation_fragment:
  - action_common_attributes
attributes:
  check_mode:
    description: Computes the hash and writes nothing.
    support: full
  diff_mode:
    description: The hash in the result shows whether something changed.
    support: none
  platform:
    description: Target platforms on which the module runs.
    platforms: posix
    support: full
"""

EXAMPLES = r"""
- name: Assemble the build context of your own model
  modelops.serving.model_image_context:
    source: "{{ playbook_dir }}/.."
    destination: ~/.cache/modelops-serving/images
    model: models/churn.skops
    model_version: "2024-11"
    base: python:3.13-slim
"""

RETURN = r"""
tag:
  description: First 12 hexadecimal digits of the hash, after C(example-) where the model is the example.
  type: str
  returned: always
path:
  description: Folder of the build context.
  type: str
  returned: always
models:
  description: The models in the image; empty for the example, which the build trains.
  type: list
  elements: dict
  returned: always
  sample:
    - name: churn
      version: "1"
      sha256: b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c
"""

import os

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.image import (
    build_context,
    extras,
    own_modules,
    own_packages,
    saved_with,
)
from ansible_collections.modelops.serving.plugins.module_utils.image.model_files import (
    METADATA,
    Naming,
    Version,
    check_default,
    versions,
)
from ansible_collections.modelops.serving.plugins.module_utils.image.permissions import Permissions

TAG_DIGITS = 12
# A deployment is recognized by it, so that the example never takes the place of a user's model.
EXAMPLE = "example-"


def argspec() -> dict:
    return {
        "source": {"type": "path", "required": True},
        "destination": {"type": "path", "required": True},
        "model": {"type": "path"},
        "model_name": {"type": "str", "default": ""},
        "model_version": {"type": "str", "default": "1"},
        "model_sklearn_version": {"type": "str", "default": ""},
        "trusted_types": {"type": "list", "elements": "str", "default": []},
        "allow_joblib": {"type": "bool", "default": False},
        "version_check": {"type": "str", "choices": list(saved_with.COMPARED_NUMBERS), "default": "minor"},
        "default_model": {"type": "str", "default": ""},
        "needs_default": {"type": "bool", "default": False},
        "extras": {"type": "list", "elements": "str", "default": []},
        "modules": {"type": "list", "elements": "path", "default": []},
        "packages": {"type": "list", "elements": "str", "default": []},
        "base": {"type": "str", "required": True},
    }


def models_of(params: dict) -> list[Version]:
    if not params["model"]:
        return []
    naming = Naming(params["model_name"], params["model_version"], params["model_sklearn_version"])
    permissions = Permissions(tuple(params["trusted_types"]), params["allow_joblib"])
    return versions(os.path.abspath(params["model"]), naming, permissions)


def execute(module: AnsibleModule) -> dict:
    params = module.params
    files: dict[str, str | bytes] = dict(build_context.sources(os.path.abspath(params["source"])))
    requirements = build_context.text(files, saved_with.REQUIREMENTS)
    files |= own_modules.files(map(os.path.abspath, params["modules"]), requirements)
    packages = own_packages.selected(params["packages"], requirements)
    if packages:
        files[own_packages.SELECTED] = packages
    models = models_of(params)
    check_default([model.name for model in models], params["default_model"], params["needs_default"])
    for model in models:
        saved_with.check(model.name, model.sklearn_version, requirements, params["version_check"])
    needed = extras.of_models(part for model in models for part in model.files if part != METADATA)
    if needed or params["extras"]:
        own = build_context.text(files, extras.SELECTED)
        files[extras.SELECTED] = extras.selected(own, {*params["extras"], *needed}, files)
    for model in models:
        below = f"server/models/{model.name}/{model.version}"
        files |= {f"{below}/{part}": source for part, source in model.files.items()}
    digest = build_context.digest(files, params["base"])[:TAG_DIGITS]
    tag = digest if models else f"{EXAMPLE}{digest}"
    path = os.path.join(params["destination"], tag)
    changed = not os.path.isdir(path)
    if changed and not module.check_mode:
        build_context.write(files, path)
    listed = [{"name": model.name, "version": model.version, "sha256": model.sha256} for model in models]
    return {"changed": changed, "tag": tag, "path": path, "models": listed}


def main() -> None:
    module = AnsibleModule(argument_spec=argspec(), supports_check_mode=True)
    try:
        result = execute(module)
    except ServingError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"the build context cannot be written to {module.params['destination']}: {error}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
