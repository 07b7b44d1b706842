# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Models fetched from S3. The store is moto's server, a stand-in that checks signatures and policies as S3 does."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from urllib.request import Request, urlopen

import boto3
import pytest
from moto.server import ThreadedMotoServer
from support import Server, fetch

BUCKET, KEY = "models", "flowers/iris.skops"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}],
}


@pytest.fixture(scope="module")
def bucket(iris_store: Path) -> Iterator[dict[str, str]]:
    """A bucket with one model that one key may read; what a client must be told of it."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    free = {
        "endpoint_url": endpoint,
        "region_name": "us-east-1",
        "aws_access_key_id": "any",
        "aws_secret_access_key": "any",
    }
    files = boto3.client("s3", **free)
    files.create_bucket(Bucket=BUCKET)
    files.upload_file(str(iris_store / "iris" / "1" / "model.skops"), BUCKET, KEY)
    accounts = boto3.client("iam", **free)
    accounts.create_user(UserName="server")
    key = accounts.create_access_key(UserName="server")["AccessKey"]
    accounts.put_user_policy(UserName="server", PolicyName="read", PolicyDocument=json.dumps(POLICY))
    # From now on every request is checked.
    reset = Request(f"{endpoint}/moto-api/reset-auth", data=b"0", headers={"Content-Type": "text/plain"})
    urlopen(reset, timeout=30).close()
    yield {
        "AWS_ENDPOINT": endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }
    server.stop()


def fetch_iris(store: Path, iris_store: Path, key: str = KEY, **settings: str) -> CompletedProcess:
    about = json.loads((iris_store / "iris" / "1" / "model.json").read_text())
    given = {"MODEL_SOURCES": f"iris/1=s3://{BUCKET}/{key}", "MODEL_SHA256": f"iris/1={about['sha256']}"}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return fetch(store, clean, **given, **settings)


def test_fetched_from_s3_is_served(tmp_path: Path, iris_store: Path, bucket: dict[str, str]) -> None:
    done = fetch_iris(tmp_path, iris_store, **bucket)
    assert done.returncode == 0, done.stdout
    with Server(tmp_path) as server:
        answer = server.post("/predict", {"instances": [[5.1, 3.5, 1.4, 0.2]]})
        assert answer.json["predictions"] == ["setosa"]


@pytest.mark.parametrize(
    ("key", "change", "reason"),
    [
        ("flowers/rose.skops", {}, "not found"),
        (KEY, {"AWS_SECRET_ACCESS_KEY": "x" * 40}, "privileges"),
        (KEY, {"AWS_ACCESS_KEY_ID": "AKIAUNKNOWN000000000"}, "privileges"),
    ],
)
def test_what_s3_refuses_is_said(
    tmp_path: Path, iris_store: Path, bucket: dict[str, str], key: str, change: dict[str, str], reason: str
) -> None:
    done = fetch_iris(tmp_path, iris_store, key, **{**bucket, **change})
    assert done.returncode == 5
    last = json.loads(done.stdout.splitlines()[-1])
    assert f"s3://{BUCKET}/{key}" in last["message"]
    assert reason in last["message"]
    assert not list(tmp_path.glob("*/*/model.*"))
