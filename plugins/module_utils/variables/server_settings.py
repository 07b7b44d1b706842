# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the server's settings. A test compares them with the server's own table. Pure."""

from __future__ import annotations

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
