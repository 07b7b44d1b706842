# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the server's settings. A test compares them with the server's own table. Pure."""

from __future__ import annotations

import difflib
import re

# What begins like this is a setting of the server, or a mistake.
PREFIXES = ("SERVER_", "MODEL_")
KNOWN = frozenset(
    (
        "LOG_LEVEL",
        "MODEL_ALLOW_JOBLIB",
        "MODEL_NAME",
        "MODEL_RELOAD_SECONDS",
        "MODEL_SHA256",
        "MODEL_SHA256_FILE",
        "MODEL_SKLEARN_VERSION",
        "MODEL_SOURCES",
        "MODEL_STORE",
        "MODEL_TRUSTED_TYPES",
        "MODEL_VERSION_CHECK",
        "SERVER_ACCESS_LOG",
        "SERVER_ACCESS_LOG_ALL",
        "SERVER_API_KEYS_FILE",
        "SERVER_CLIENT_CONNECTION_LIMIT",
        "SERVER_CONNECTION_LIMIT",
        "SERVER_CONNECTION_MAX_AGE_SECONDS",
        "SERVER_DRAIN_SECONDS",
        "SERVER_GRPC_PORT",
        "SERVER_HOST",
        "SERVER_KEEPALIVE_SECONDS",
        "SERVER_LATE_IMPORTS",
        "SERVER_MAX_BATCH_ROWS",
        "SERVER_MAX_BODY_BYTES",
        "SERVER_MAX_BUFFERED_BYTES",
        "SERVER_MAX_HEADER_BYTES",
        "SERVER_MAX_ROWS",
        "SERVER_OPENTELEMETRY",
        "SERVER_OPERATIONS_PORT",
        "SERVER_PORT",
        "SERVER_PROCESSES",
        "SERVER_QUEUE_LIMIT",
        "SERVER_READ_TIMEOUT_SECONDS",
        "SERVER_REQUEST_TIMEOUT_SECONDS",
        "SERVER_SAMPLE_RATE",
        "SERVER_SAMPLE_REDACT",
        "SERVER_STALL_SECONDS",
        "SERVER_THREADS",
        "SERVER_TLS_CERTIFICATE_FILE",
        "SERVER_TLS_KEY_FILE",
    )
)
# What their values must be; texts are left out, and those that another setting follows from are held elsewhere.
WHOLE = {
    "SERVER_CLIENT_CONNECTION_LIMIT": (0, 10**6),
    "SERVER_CONNECTION_LIMIT": (1, 10**6),
    "SERVER_MAX_BATCH_ROWS": (1, 10**8),
    "SERVER_MAX_BODY_BYTES": (1, 2**31),
    "SERVER_MAX_BUFFERED_BYTES": (0, 2**40),
    "SERVER_MAX_HEADER_BYTES": (1, 2**31),
    "SERVER_MAX_ROWS": (1, 10**8),
    "SERVER_PROCESSES": (0, 256),
    "SERVER_QUEUE_LIMIT": (1, 10**6),
    "SERVER_THREADS": (0, 256),
}
NUMBERS = {
    "MODEL_RELOAD_SECONDS": (0, 86400),
    "SERVER_CONNECTION_MAX_AGE_SECONDS": (1, 86400),
    "SERVER_KEEPALIVE_SECONDS": (1, 86400),
    "SERVER_READ_TIMEOUT_SECONDS": (0.1, 3600),
    "SERVER_REQUEST_TIMEOUT_SECONDS": (0.01, 3600),
    "SERVER_SAMPLE_RATE": (0, 1),
    "SERVER_STALL_SECONDS": (1, 3600),
}
# As both doors read a number: Python alone would take 1_000, and digits of other scripts.
WRITTEN_WHOLE = r"[-+]?[0-9]+"
WRITTEN = r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?"
SWITCHES = (
    "MODEL_ALLOW_JOBLIB",
    "SERVER_ACCESS_LOG",
    "SERVER_ACCESS_LOG_ALL",
    "SERVER_LATE_IMPORTS",
    "SERVER_OPENTELEMETRY",
)
SWITCH = ("true", "false", "yes", "no", "on", "off", "1", "0")
CHOICES = {
    "LOG_LEVEL": ("DEBUG", "INFO", "WARNING", "ERROR"),
    "MODEL_VERSION_CHECK": ("exact", "minor", "off"),
}


def nearest(name: str, share: float) -> str | None:
    """The setting that was probably meant; None when none is like it. ``share``: of the letters, beside prefixes and
    underscores, that both have at least."""
    bare = {_bare(known): known for known in sorted(KNOWN)}
    close = difflib.get_close_matches(_bare(name.upper()), bare, n=1, cutoff=share)
    return bare[close[0]] if close else None


def _bare(setting: str) -> str:
    """Its letters without the prefix that most settings have."""
    return re.sub(f"^({'|'.join(PREFIXES)})", "", setting).replace("_", "")


def misfit(setting: str, text: str) -> str:
    """What the value of a setting must be, where this text is something else; else empty."""
    bounds = WHOLE.get(setting) or NUMBERS.get(setting)
    if bounds:
        number = _number(text, int if setting in WHOLE else float)
        kind = "a whole number" if setting in WHOLE else "a number"
        fits = number is not None and bounds[0] <= number <= bounds[1]
        return "" if fits else f"{kind} from {bounds[0]} to {bounds[1]}"
    choices = SWITCH if setting in SWITCHES else CHOICES.get(setting, ())
    if not choices or text.strip().lower() in [choice.lower() for choice in choices]:
        return ""
    return "true or false" if setting in SWITCHES else f"one of {', '.join(choices)}"


def _number(text: str, kind: type) -> float | None:
    form = WRITTEN_WHOLE if kind is int else WRITTEN
    return kind(text) if re.fullmatch(form, text.strip()) else None
