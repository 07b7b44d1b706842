# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of last words, row by row: what frameworks say, and what else they say that is none of it."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.rollout.log_causes import CAUSES, cause_of

SAID = {
    "WrongArchitecture": [
        "exec /usr/bin/python3: exec format error",
        "/bin/sh: 1: /srv/api: Exec format error",
        "bash: ./server: cannot execute binary file: Exec format error",
        "ImportError: /usr/lib/libgomp.so.1: wrong ELF class: ELFCLASS32",
    ],
    "IllegalInstruction": [
        "Illegal instruction (core dumped)",
        "This TensorFlow library was compiled to use AVX instructions, but these aren't available on your machine.",
    ],
    "DefinedInScript": [
        "AttributeError: Can't get attribute 'myfun' on <module 'model_server.__main__' from '/opt/model_server/…'>",
        "AttributeError: Can't get attribute 'Clip' on <module '__main__' (built-in)>",
        "AttributeError: module '__main__' has no attribute 'Clip'",
    ],
    "VersionMismatch": [
        "InconsistentVersionWarning: Trying to unpickle estimator SVC from version 1.2 when using version 1.9.",
        "ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got 88",
        "ValueError: unsupported pickle protocol: 5",
        "python: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by python)",
        "java.lang.UnsupportedClassVersionError: Main has been compiled by a more recent version of the Java Runtime",
        "AttributeError: Can't get attribute '_RemainderColsList' on <module 'sklearn.compose._column_transformer'>",
        "model was trained with version 1.4.2, this server has 1.9.0",
        "A module that was compiled using NumPy 1.x cannot be run in NumPy 2.0.1",
    ],
    "ModuleMissing": [
        "ModuleNotFoundError: No module named 'lightgbm'",
        "/usr/local/bin/python: No module named model_server",
        "ImportError: cannot import name 'soft_unicode' from 'markupsafe'",
        "Error: Cannot find module '/app/server.js'",
        "OSError: libgomp.so.1: cannot open shared object file: No such file or directory",
        "./server: error while loading shared libraries: libssl.so.3: cannot open shared object file: No such file",
        "Error: Could not find or load main class com.example.Main",
        'Exception in thread "main" java.lang.NoClassDefFoundError: org/slf4j/Logger',
        "Error in library(caret) : there is no package called 'caret'",
    ],
    "AddressInUse": [
        "OSError: [Errno 98] Address already in use",
        "Error: listen EADDRINUSE: address already in use :::5000",
        "listen tcp :5000: bind: address already in use",
        "nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)",
        "Web server failed to start. Port 8080 was already in use.",
        '{"level": "ERROR", "message": "cannot listen on port 5000: [Errno 98] Address already in use"}',
    ],
    "ReadOnlyFileSystem": [
        "mkdir: can't create directory '/tmp/www': Read-only file system",
        "OSError: [Errno 30] Read-only file system: '/root/.cache'",
        "Error: EROFS: read-only file system, open '/app/.next/trace'",
    ],
    "PermissionDenied": [
        "PermissionError: [Errno 13] Permission denied: '/models/churn.skops'",
        "nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)",
        "Error: EACCES: permission denied, mkdir '/data'",
        "chown: /data: Operation not permitted",
        "/bin/sh: 1: /srv/start.sh: Permission denied",
    ],
    "NoSpace": [
        "OSError: [Errno 28] No space left on device: '/models/churn.skops'",
        "tar: model.bin: Cannot write: No space left on device",
        "Error: ENOSPC: no space left on device, write",
        "RuntimeError: not enough disk space to store the model",
        "OSError: [Errno 122] Disk quota exceeded",
    ],
    "NameNotResolved": [
        "socket.gaierror: [Errno -2] Name or service not known",
        "NameResolutionError: Failed to resolve 'db' ([Errno -3] Temporary failure in name resolution)",
        "Error: getaddrinfo ENOTFOUND redis",
        "dial tcp: lookup models.example on 10.96.0.10:53: no such host",
        "curl: (6) Could not resolve host: models.example",
        "java.net.UnknownHostException: kafka",
        "nc: bad address 'db'",
        'psycopg2.OperationalError: could not translate host name "db" to address: Name or service not known',
    ],
    "ConnectionRefused": [
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "Error: connect ECONNREFUSED 10.0.0.4:6379",
        "dial tcp 10.0.0.4:5432: connect: connection refused",
        "redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.",
        "nc: can't connect to remote host (10.0.0.4): Connection refused",
    ],
    "ConnectionTimedOut": [
        "TimeoutError: [Errno 110] Connection timed out",
        "requests.ConnectTimeout: HTTPSConnectionPool(host='models.example', port=443): Max retries exceeded",
        "dial tcp 10.0.0.4:443: i/o timeout",
        "OSError: [Errno 113] No route to host",
        "Error: connect ETIMEDOUT 10.0.0.4:443",
    ],
    "CertificateUntrusted": [
        '{"level":"ERROR","message":"https://store:8443/m.skops: invalid peer certificate: UnknownIssuer"}',
        "SSLError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate",
        'Get "https://models.example": x509: certificate signed by unknown authority',
        "javax.net.ssl.SSLHandshakeException: PKIX path building failed",
        "Error: unable to get local issuer certificate",
    ],
    "CredentialsRejected": [
        "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
        "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied",
        "An error occurred (InvalidAccessKeyId) when calling the GetObject operation",
        "fetch failed: 401 Unauthorized",
        "urllib.error.HTTPError: HTTP Error 403: Forbidden",
        'FATAL: password authentication failed for user "api"',
    ],
    "OutOfMemory": [
        "MemoryError",
        "numpy._core._exceptions._ArrayMemoryError: Unable to allocate 7.45 GiB for an array",
        "OSError: [Errno 12] Cannot allocate memory",
        "terminate called after throwing an instance of 'std::bad_alloc'",
        "java.lang.OutOfMemoryError: Java heap space",
        "[ERROR] Worker (pid:7) was sent SIGKILL! Perhaps out of memory?",
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
        "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    ],
    "Killed": ["Killed", "/start.sh: line 3:     7 Killed                  python -m serve", "signal: killed"],
    "FileMissing": [
        "FileNotFoundError: [Errno 2] No such file or directory: '/models/churn.skops'",
        "open /etc/app/config.yml: no such file or directory",
        "Error: ENOENT: no such file or directory, open 'config.json'",
        "An error occurred (NoSuchKey) when calling the GetObject operation",
        "urllib.error.HTTPError: HTTP Error 404: Not Found",
    ],
}
ROWS = [(reason, line) for reason, lines in SAID.items() for line in lines]
TRACEBACK = """\
[2026-01-01 00:00:00 +0000] [1] [INFO] Starting gunicorn 23.0.0
[2026-01-01 00:00:01 +0000] [7] [ERROR] Exception in worker process
Traceback (most recent call last):
  File "/usr/lib/python3/site-packages/gunicorn/arbiter.py", line 608, in spawn_worker
    worker.init_process()
ModuleNotFoundError: No module named 'skops'
[2026-01-01 00:00:02 +0000] [7] [INFO] Worker exiting (pid: 7)
[2026-01-01 00:00:02 +0000] [1] [ERROR] Worker (pid:7) exited with code 3
[2026-01-01 00:00:02 +0000] [1] [ERROR] Shutting down: Master
[2026-01-01 00:00:02 +0000] [1] [ERROR] Reason: Worker failed to boot.
"""
JAVA = """\
Exception in thread "main" org.springframework.beans.factory.BeanCreationException: Error creating bean
\tat org.springframework.boot.SpringApplication.run(SpringApplication.java:1)
Caused by: java.net.ConnectException: Connection refused
\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)
\t... 12 more
"""


def reason_of(log: str, exit_code: int | None = 1) -> str | None:
    found = cause_of(log, exit_code)
    return found.cause.reason if found else None


@pytest.mark.parametrize(("reason", "line"), ROWS, ids=[f"{reason}-{line[:40]}" for reason, line in ROWS])
def test_a_row_is_found_by_what_frameworks_say(reason, line):
    assert reason_of(f"INFO starting\n{line}\n") == reason


def test_every_row_has_its_lines_and_a_remedy():
    assert {cause.reason for cause in CAUSES} == {*SAID, "CommandNotFound"}
    assert all(len(cause.remedy) > 40 and cause.remedy.endswith(".") for cause in CAUSES)


@pytest.mark.parametrize(
    "line",
    [
        "KeyError: 'MODEL_SCHEMA'",
        "fatal: no such table models",
        "fatal: GREETING must not be empty",
        "feature names: model expects 4 columns, schema has 3",
        "ValueError: could not convert string to float: 'abc'",
        "panic: runtime error: index out of range [3] with length 3",
        "done",
        "",
    ],
)
def test_what_is_no_row_stays_a_crash(line):
    assert cause_of(line, 1) is None


def test_a_command_that_does_not_exist_is_told_by_its_exit_code():
    assert reason_of("/bin/sh: 1: serve: not found", 127) == "CommandNotFound"
    assert reason_of("model churn not found", 1) is None


@pytest.mark.parametrize(("log", "reason"), [(TRACEBACK, "ModuleMissing"), (JAVA, "ConnectionRefused")])
def test_the_cause_stands_above_what_the_supervisor_says(log, reason):
    assert reason_of(log) == reason


def test_the_last_error_counts_and_not_a_warning_before_it():
    assert reason_of("WARNING metrics: connection refused, going on\nKeyError: 'MODEL_SCHEMA'\n") is None


def test_the_line_is_short_and_without_credentials():
    found = cause_of(f"cannot bind as token=abc123: Permission denied {'x' * 1000}")
    assert "abc123" not in found.line
    assert len(found.line) <= 200


def test_what_may_come_is_waited_for():
    waited_for = {cause.reason for cause in CAUSES if cause.grace}
    assert waited_for == {"NameNotResolved", "ConnectionRefused", "ConnectionTimedOut"}
