# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every setting of the server, in one table. All values come from the environment."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

from .parsers import listed, one_of, seconds, share, switch, text, whole, words


class SettingsError(Exception):
    """A setting that cannot be used; the message names the variable, its value and what is expected."""


class Setting(NamedTuple):
    """One row of the table: the environment variable, how to read it, its default (as text) and what it means."""

    variable: str
    parse: Callable[[str], Any]
    default: str
    meaning: str

    @property
    def attribute(self) -> str:
        return self.variable.lower()


PORT = whole(0, 65535)
BYTES = whole(1, 2**31)

SETTINGS = (
    Setting("LOG_LEVEL", one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO", "least severe level that is logged"),
    Setting("MODEL_STORE", text, "/models", "folder that holds <model name>/<version>/{model.json,model.skops}"),
    Setting("MODEL_NAME", text, "", "model that /predict serves; needed only if the store holds several"),
    Setting("MODEL_SHA256", words, "", "pinned checksums, each <name>/<version>=<sha256>, or one sha256 for all"),
    Setting(
        "MODEL_SHA256_FILE",
        text,
        "",
        "file of such pins, a line each, that the image's build made; it counts for a store on the same file system",
    ),
    Setting("MODEL_TRUSTED_TYPES", words, "", "types a skops file may hold besides scikit-learn's own"),
    Setting("MODEL_ALLOW_JOBLIB", switch, "false", "load joblib files; each needs its checksum in MODEL_SHA256"),
    Setting(
        "MODEL_VERSION_CHECK",
        one_of("exact", "minor", "off"),
        "minor",
        "how closely the scikit-learn version a model was saved with must match the server's",
    ),
    Setting("MODEL_SOURCES", words, "", "models to fetch, each <name>/<version>=<URI> (python -m model_server.fetch)"),
    Setting("MODEL_SKLEARN_VERSION", text, "", "version that saved a fetched joblib file, which does not say it"),
    Setting(
        "SERVER_LATE_IMPORTS",
        switch,
        "true",
        "import parts of scikit-learn and scipy when they are used; only with the versions that this was tested with",
    ),
    Setting("MODEL_RELOAD_SECONDS", seconds(0, 86400), "10", "how often the store is checked for changes; 0: never"),
    Setting(
        "SERVER_API_KEYS_FILE", text, "", "file of API keys, one a line, comments behind #; empty: no key is needed"
    ),
    Setting(
        "SERVER_TLS_CERTIFICATE_FILE", text, "", "PEM certificate of the API port, with its chain; empty: plain HTTP"
    ),
    Setting("SERVER_TLS_KEY_FILE", text, "", "PEM key of that certificate; both are reloaded when they change"),
    Setting("SERVER_HOST", text, "0.0.0.0", "address to listen on"),
    Setting("SERVER_PORT", PORT, "5000", "port of the API"),
    Setting("SERVER_OPERATIONS_PORT", PORT, "8000", "port of metrics and liveness"),
    Setting("SERVER_GRPC_PORT", PORT, "0", "port of the Open Inference Protocol over gRPC; 0: there is none"),
    Setting("SERVER_PROCESSES", whole(0, 256), "1", "worker processes; 0: as many as the CPU quota has whole CPUs"),
    Setting(
        "SERVER_THREADS",
        whole(0, 256),
        "0",
        "threads of the numeric libraries in each process; 0: its share of the CPU quota",
    ),
    Setting("SERVER_MAX_BODY_BYTES", BYTES, "10485760", "largest request body; a larger one answers 413"),
    Setting(
        "SERVER_MAX_BUFFERED_BYTES",
        whole(0, 2**40),
        "268435456",
        "most bytes of bodies in memory, of all connections together; a body beyond answers 503; 0: no limit",
    ),
    Setting("SERVER_MAX_HEADER_BYTES", BYTES, "16384", "largest request head; a larger one answers 431"),
    Setting("SERVER_MAX_ROWS", whole(1, 10**8), "10000", "most rows in one request; more answer 413"),
    Setting("SERVER_MAX_BATCH_ROWS", whole(1, 10**8), "4096", "most rows in one predict; more make several"),
    Setting("SERVER_QUEUE_LIMIT", whole(1, 10**6), "1024", "most requests that wait; further ones answer 503"),
    Setting(
        "SERVER_CONNECTION_LIMIT",
        whole(1, 10**6),
        "2048",
        "most open connections; when all are taken, idle ones give way to new ones",
    ),
    Setting(
        "SERVER_CLIENT_CONNECTION_LIMIT",
        whole(0, 10**6),
        "1024",
        "most open connections of one address, such as an ingress controller's; 0: no limit",
    ),
    Setting(
        "SERVER_REQUEST_TIMEOUT_SECONDS",
        seconds(0.01, 3600),
        "30",
        "a request that waited longer answers 504",
    ),
    Setting(
        "SERVER_READ_TIMEOUT_SECONDS",
        seconds(0.1, 3600),
        "30",
        "time to send one request whole, or the connection is cut",
    ),
    Setting(
        "SERVER_KEEPALIVE_SECONDS",
        seconds(1, 86400),
        "650",
        "idle time after which a connection is closed; above the load balancer's own",
    ),
    Setting(
        "SERVER_CONNECTION_MAX_AGE_SECONDS",
        seconds(1, 86400),
        "600",
        "age at which a connection is closed after its answer, so that new replicas get traffic",
    ),
    Setting("SERVER_DRAIN_SECONDS", seconds(0, 3600), "20", "time to answer what was accepted after SIGTERM"),
    Setting(
        "SERVER_STALL_SECONDS",
        seconds(1, 3600),
        "120",
        "liveness fails when the event loop makes no turn for longer",
    ),
    Setting("SERVER_SAMPLE_RATE", share, "0", "share of batches of which one request's inputs and outputs are logged"),
    Setting("SERVER_SAMPLE_REDACT", listed, "", "columns whose values are never logged, by name or number"),
    Setting("SERVER_ACCESS_LOG", switch, "true", "one JSON line a prediction"),
    Setting(
        "SERVER_ACCESS_LOG_ALL",
        switch,
        "false",
        "with SERVER_ACCESS_LOG, also a line a request for health and documents, and a request that is malformed",
    ),
    Setting("SERVER_OPENTELEMETRY", switch, "false", "make each prediction a span with OpenTelemetry's API"),
)

PREFIXES = ("MODEL_", "SERVER_")
# A Service called "model-api" makes Kubernetes set MODEL_API_PORT and the like in every pod of its namespace.
SERVICE_LINK = (
    "_SERVICE_HOST",
    "_SERVICE_PORT",
    "_PORT",
    "_TCP",
    "_UDP",
    "_ADDR",
    "_PROTO",
    "_SERVICE_PORT_HTTP",
)


def read(environ: Mapping[str, str] | None = None) -> SimpleNamespace:
    """The settings, as attributes named like the variables in lower case.

    :raises SettingsError: names every variable that cannot be used.
    """
    environ = os.environ if environ is None else environ
    values, problems = {}, []
    for setting in SETTINGS:
        given = environ.get(setting.variable, setting.default)
        try:
            values[setting.attribute] = setting.parse(given)
        except ValueError as error:
            problems.append(f"{setting.variable}={given!r}: {error} ({setting.meaning})")
    tls = [values.get("server_tls_certificate_file"), values.get("server_tls_key_file")]
    if any(tls) and not all(tls):
        problems.append("SERVER_TLS_CERTIFICATE_FILE and SERVER_TLS_KEY_FILE: set both, or neither for plain HTTP")
    if problems:
        raise SettingsError("; ".join(problems))
    return SimpleNamespace(**values)


def unknown(environ: Mapping[str, str] | None = None) -> list[str]:
    """A sentence for every variable that has a setting's prefix and is no setting: most likely a typing error."""
    environ = os.environ if environ is None else environ
    known = {setting.variable for setting in SETTINGS}
    sentences = []
    for variable in sorted(environ):
        if variable in known or not variable.startswith(PREFIXES) or variable.endswith(SERVICE_LINK):
            continue
        near = difflib.get_close_matches(variable, known, n=1)
        sentences.append(f"{variable} is not a setting" + (f"; did you mean {near[0]}?" if near else ""))
    return sentences
