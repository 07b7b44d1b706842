# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in of `aws eks get-token` and `kubelogin get-token`, for tests.

It takes the arguments that `aws eks update-kubeconfig` and `kubelogin convert-kubeconfig` write into a kubeconfig, ends
with status 2 at all others, and writes the credential that Kubernetes defines for such commands. $STAND_IN_TOKENS is a
file with the tokens to give, a line each; the last one is given again. Every call is a line in $STAND_IN_CALLS.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

VERSION = "client.authentication.k8s.io/v1beta1"
# The application that stands for AKS in every tenant of Entra ID.
AKS_SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630"


def aws() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="aws", allow_abbrev=False)
    top.add_argument("--region", required=True)
    eks = top.add_subparsers(dest="service", required=True).add_parser("eks", allow_abbrev=False)
    token = eks.add_subparsers(dest="command", required=True).add_parser("get-token", allow_abbrev=False)
    token.add_argument("--cluster-name", required=True)
    token.add_argument("--output", choices=["json"], required=True)
    token.add_argument("--role-arn")
    return top


def kubelogin() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="kubelogin", allow_abbrev=False)
    token = top.add_subparsers(dest="command", required=True).add_parser("get-token", allow_abbrev=False)
    token.add_argument("--login", choices=["azurecli", "workloadidentity", "spn", "msi"], required=True)
    token.add_argument("--server-id", choices=[AKS_SERVER], required=True)
    token.add_argument("--client-id")
    token.add_argument("--tenant-id")
    token.add_argument("--environment")
    return top


def next_token(calls: Path) -> str:
    tokens = Path(os.environ["STAND_IN_TOKENS"]).read_text().split()
    given = len(calls.read_text().splitlines()) if calls.exists() else 0
    return tokens[min(given, len(tokens) - 1)]


def main() -> None:
    name = Path(sys.argv[0]).name
    {"aws": aws, "kubelogin": kubelogin}[name]().parse_args()
    asked = json.loads(os.environ.get("KUBERNETES_EXEC_INFO", "{}"))
    if asked.get("apiVersion") != VERSION or asked.get("kind") != "ExecCredential":
        sys.exit(f"{name}: KUBERNETES_EXEC_INFO asks for {asked.get('apiVersion')}, and {VERSION} is written")
    calls = Path(os.environ["STAND_IN_CALLS"])
    token = next_token(calls)
    with calls.open("a", encoding="utf-8") as stream:
        stream.write(" ".join([name, *sys.argv[1:]]) + "\n")
    ends = datetime.now(UTC) + timedelta(minutes=14)
    status = {"token": token, "expirationTimestamp": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}
    print(json.dumps({"kind": "ExecCredential", "apiVersion": VERSION, "spec": {}, "status": status}))


if __name__ == "__main__":
    main()
