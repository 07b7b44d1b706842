# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Brings models from object stores into the model store.

MODEL_SOURCES names them, each `<name>/<version>=<URI>` with file, http, https, s3, gs or az; MODEL_SHA256 pins each.
Credentials come from the environment, as each store's own tools read them. A fetch that was cut off is resumed. Nothing
is put in place before its checksum is right.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

from .boosted import LIBRARIES
from .checksum import pinned_sha256, sha256_of
from .metadata import saved_with
from .store import NAME

LOGGER = logging.getLogger("model_server")
SUFFIXES = (".skops", ".joblib", *LIBRARIES)
CHUNK = 8 * 2**20
# A store that cannot be reached fails the release, so give up soon; the kubelet starts the fetch again.
RETRIES = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}


class FetchError(Exception):
    """A model that was not fetched; the message says which and why."""


def fetch(target: str, uri: str, settings: SimpleNamespace) -> Path:
    """Fetch one model into the store; returns its metadata file. A file whose checksum is right is not fetched again.

    :param target: name and version, with a slash between.
    :raises FetchError: not fetched; the store is as it was, except for a part that the next try resumes.
    :raises ModelError: the pin is no sha256, or the file is no skops file.
    """
    name, _unused, version = target.partition("/")
    suffix = Path(urlsplit(uri).path).suffix
    if not NAME.fullmatch(name) or not NAME.fullmatch(version):
        raise FetchError(f"MODEL_SOURCES: {target!r} is not <name>/<version>")
    if suffix not in SUFFIXES:
        raise FetchError(f"MODEL_SOURCES: {uri} does not end in one of {', '.join(SUFFIXES)}")
    pin = pinned_sha256(name, version, settings.model_sha256)
    if pin is None:
        raise FetchError(f"MODEL_SHA256 does not pin {target}: a fetched model needs {target}=<sha256>")
    folder = Path(settings.model_store) / name / version
    # XGBoost's JSON needs another name than the metadata.
    file, metadata = folder / ("xgboost.json" if suffix == ".json" else f"model{suffix}"), folder / "model.json"
    if not (file.is_file() and sha256_of(file) == pin):
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{pin}.part"
        download(uri, part)
        digest = sha256_of(part)
        if digest != pin:
            part.unlink()
            raise FetchError(f"{uri} has sha256 {digest}, MODEL_SHA256 says {pin}: not put into the store")
        part.rename(file)
    about = {"file": file.name, "sha256": pin, "sklearn_version": saved_with(file) or settings.model_sklearn_version}
    if not about["sklearn_version"] and suffix not in LIBRARIES:
        raise FetchError(f"{target}: the file does not say which scikit-learn saved it; set MODEL_SKLEARN_VERSION")
    new = metadata.with_suffix(".new")
    new.write_text(json.dumps(about, indent=2) + "\n", "utf-8")
    new.rename(metadata)
    return metadata


def download(uri: str, part: Path) -> None:
    """Append the object at the URI to the part of it that is there.

    :raises FetchError: the store refuses, or could not be reached; RETRIES says for how long it is tried.
    """
    from obstore.exceptions import BaseError
    from obstore.store import from_url

    parts = urlsplit(uri)
    parent, _unused, key = parts.path.rpartition("/")
    options: dict = {} if parts.scheme == "file" else {"retry_config": RETRIES}
    if parts.scheme == "http":
        options["client_options"] = {"allow_http": True}
    try:
        store = from_url(parts._replace(path=parent or "/").geturl(), **options)
        copy(store, key, store.head(key)["size"], part)
    except (BaseError, OSError, ValueError) as error:
        raise FetchError(f"{uri}: {reason(error)}") from error


def reason(error: Exception) -> str:
    """obstore's error in one line: its sentence, and the first cause in the structure that it prints below; of a
    certificate, which is tried again for nothing, the cause alone."""
    sentence, *structure = str(error).splitlines()
    details = "".join(structure)
    untrusted = re.search(r"InvalidCertificate\(\s*(\w+)", details)
    if untrusted:
        return f"invalid peer certificate: {untrusted[1]}"
    cause = re.search(r'(?:message|error): "([^"]+)"|kind: (TimedOut)', details)
    return sentence[:300] + (f": {cause[1] or cause[2]}" if cause else "")


def copy(store, key: str, size: int, part: Path) -> None:
    """Append the rest of the object to the part; fetch it whole from a server that knows no ranges."""
    from obstore.exceptions import NotSupportedError

    with part.open("ab") as file:
        if file.tell() > size:
            file.truncate(0)
        try:
            while (start := file.seek(0, 2)) < size:
                file.write(memoryview(store.get_range(key, start=start, end=min(start + CHUNK, size))))
                LOGGER.info("fetched %d of %d bytes", file.tell(), size)
        except NotSupportedError:
            file.truncate(0)
            for chunk in store.get(key).stream(min_chunk_size=CHUNK):
                file.write(memoryview(chunk))
            LOGGER.info("fetched %d of %d bytes", file.tell(), size)
