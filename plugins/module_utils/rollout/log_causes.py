# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What programs say before they end, what it means, and what to do about it: a table. Pure.

A row is found by the words of the line that names the cause (``common.log_cause``). The first row that fits counts.
``grace``: seconds that a container must stay down before the rollout has failed; more than 0 where what is missing may
still come, such as a database that starts beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import short
from ansible_collections.modelops.serving.plugins.module_utils.common.log_cause import cause_line
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact

MAY_COME = 30.0


@dataclass(frozen=True)
class Cause:
    """``exits``: the exit codes that it goes with, () for any."""

    reason: str
    words: str
    remedy: str
    grace: float = 0.0
    exits: tuple[int, ...] = ()

    def fits(self, line: str, exit_code: int | None) -> bool:
        return bool(re.search(self.words, line, re.IGNORECASE)) and (not self.exits or exit_code in self.exits)


@dataclass(frozen=True)
class Found:
    """``line``: of the log, in one line, without credentials."""

    cause: Cause
    line: str


CAUSES = (
    Cause(
        "WrongArchitecture",
        r"exec format error|cannot execute binary file|rosetta error|wrong ELF class",
        "Build the image for the nodes' architecture, or choose nodes of the image's with model_serving_node_selector "
        "(kubernetes.io/arch).",
    ),
    Cause(
        "IllegalInstruction",
        r"illegal instruction|\bSIGILL\b|CPU (?:lacks|does not support)|compiled to use .*AVX",
        "The node's processor lacks instructions that the program uses: choose other nodes with "
        "model_serving_node_selector, or a build for older processors.",
    ),
    Cause(
        "DefinedInScript",
        r"can't get attribute .* on <module '(?:[\w.]+\.)?__main__'|module '(?:[\w.]+\.)?__main__' has no attribute|"
        r"attribute lookup .* on __main__ failed",
        "The script or notebook that trained the model defined that itself, and no server has it. Move it into a "
        "module, a .py file of its own, fit the model with that, save it again, and name the file in "
        "model_image_modules.",
    ),
    Cause(
        "VersionMismatch",
        r"InconsistentVersionWarning|(?:trained|pickled|saved|written|created) (?:with|by|using|from) (?:\S+ )?version|"
        r"binary incompatibility|unsupported pickle protocol|version `?[A-Z]+_[\d.]+'? not found|"
        r"UnsupportedClassVersionError|can't get attribute .* on <module|NODE_MODULE_VERSION|VersionConflict|"
        r"incompatible (?:with )?(?:\S+ )?version|requires (?:\S+ ){1,3}version|compiled using NumPy|"
        r"saved with scikit-learn",
        "Train and serve with the same versions: train the model again with those of server/requirements.txt, or set "
        "model_serving_image to an image that has the model's. Of a module of your own, name the file in "
        "model_image_modules with which the model was fitted.",
    ),
    Cause(
        "ModuleMissing",
        r"ModuleNotFoundError|No module named|cannot import name|cannot find module|ERR_MODULE_NOT_FOUND|"
        r"ClassNotFoundException|NoClassDefFoundError|could not find or load main class|"
        r"cannot open shared object file|error while loading shared libraries|there is no package called",
        "Have it in the image: name a module of your own in model_image_modules, a package in model_image_packages, or "
        "set model_serving_image to an image that has it.",
    ),
    Cause(
        "AddressInUse",
        r"address (?:is )?already in use|\bEADDRINUSE\b|errno (?:98|48)\b|port \d+ (?:is|was) (?:already )?in use|"
        r"only one usage of each socket address",
        "Two processes want one port: give one of them another, in model_serving_settings or in the sidecar. With "
        "hostNetwork, it may be a process of the node.",
    ),
    Cause(
        "ReadOnlyFileSystem",
        r"read-only file ?system|\bEROFS\b|errno 30\b",
        "Only /tmp and volumes can be written: point the program's caches and files there, with model_serving_settings "
        "(such as HOME or MPLCONFIGDIR).",
    ),
    Cause(
        "CredentialsRejected",
        r"NoCredentialsError|unable to locate credentials|InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|"
        r"ExpiredToken|\b401\b.*unauthorized|unauthorized.*\b401\b|\b403\b.*forbidden|forbidden.*\b403\b|"
        r"(?:password )?authentication failed|access denied for user|invalid credentials",
        "Give valid credentials: model_serving_models_secrets for the model store, model_serving_settings_secrets for "
        "the server, or a workload identity with model_serving_service_account_annotations.",
    ),
    Cause(
        "NoSpace",
        r"no space left on device|\bENOSPC\b|errno 28\b|disk quota exceeded|\bEDQUOT\b|errno 122\b|"
        r"not enough (?:disk )?space",
        "Make room: model_serving_models_size_limit for models; /tmp holds 256Mi. On a volume, enlarge its claim.",
    ),
    Cause(
        "CertificateUntrusted",
        r"certificate[ _]verify[ _]failed|x509: certificate|invalid peer certificate|"
        r"unable to get local issuer certificate|self[- ]signed certificate|PKIX path building failed|"
        r"certificate has expired",
        "Let the program trust the other side's CA: name a ConfigMap with it in model_serving_models_ca for the model "
        "store, or mount it and name its file in model_serving_settings (SSL_CERT_FILE) for others. Or renew the "
        "certificate.",
    ),
    Cause(
        "NameNotResolved",
        r"name or service not known|temporary failure in name resolution|getaddrinfo|\bEAI_AGAIN\b|\bENOTFOUND\b|"
        r"no such host|could not resolve|NameResolutionError|nodename nor servname|UnknownHostException|bad address|"
        r"server can't find|errno -[23]\b",
        "Correct the host name in model_serving_models or model_serving_settings. If it is right, see whether DNS may "
        "be asked: model_serving_network_policy_dns_namespace.",
        MAY_COME,
    ),
    Cause(
        "ConnectionRefused",
        r"connection refused|\bECONNREFUSED\b|errno 111\b|actively refused|can't connect to remote host",
        "Start what listens at that address first, or correct the address and port in model_serving_settings or "
        "model_serving_models.",
        MAY_COME,
    ),
    Cause(
        "ConnectionTimedOut",
        r"connection timed out|\bETIMEDOUT\b|errno 110\b|connect(?:ion)? time-?out|ConnectTimeout|no route to host|"
        r"\bEHOSTUNREACH\b|network is unreachable|\bENETUNREACH\b|i/o timeout",
        "Let the network policy pass it (model_serving_network_policy_model_store_cidrs and …_port), or correct the "
        "address in model_serving_models or model_serving_settings.",
        MAY_COME,
    ),
    Cause(
        "OutOfMemory",
        r"\bMemoryError\b|_ArrayMemoryError|cannot allocate memory|\bENOMEM\b|errno 12\b|bad_alloc|OutOfMemoryError|"
        r"unable to allocate|CUDA out of memory|perhaps out of memory|heap out of memory",
        "Raise model_serving_memory_limit (and …_request), or use a smaller model or fewer model_serving_processes.",
    ),
    Cause(
        "Killed",
        r"^(?:.*: )?(?:line \d+: +\d+ +)?killed\b|\bSIGKILL\b|signal:? 9\b|signal: killed|"
        r"exit(?:ed)? (?:with )?(?:code |status )?137",
        "A process in the container was killed, mostly for its memory: raise model_serving_memory_limit (and "
        "…_request), or use fewer model_serving_processes.",
    ),
    Cause(
        "CommandNotFound",
        r"not found|no such file or directory|executable file",
        "Correct command and args, or the image: the program is not in it.",
        exits=(127,),
    ),
    Cause(
        "PermissionDenied",
        r"permission denied|\bEACCES\b|errno 13\b|operation not permitted|\bEPERM\b|errno 1\b|must be run as root",
        "Give the files to the user that the pods run as (model_serving_run_as_user). Ports below 1024 are root's: "
        "choose a higher one in model_serving_settings.",
    ),
    Cause(
        "FileMissing",
        r"no such file or directory|FileNotFoundError|NoSuchFileException|\bENOENT\b|errno 2\b|"
        r"cannot find the (?:file|path)|NoSuchKey|\b404\b.*not found",
        "Correct the path, or put the file there: model_serving_models for models, a volume or the image for others.",
    ),
)


WORDS = tuple(cause.words for cause in CAUSES)


def cause_of(log: str, exit_code: int | None = None) -> Found | None:
    """What a container's last lines say, by the table; None when no row fits.

    ``exit_code``: the container's.
    """
    line = cause_line(log, WORDS)
    for cause in CAUSES:
        if cause.fits(line, exit_code):
            return Found(cause, telling(log))
    return None


def telling(log: str) -> str:
    """The line that says most, shortened and without credentials; "" for an empty log."""
    return short(redact(cause_line(log, WORDS)), 200)
