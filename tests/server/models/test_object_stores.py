# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Models fetched from S3 and from Google Cloud Storage.

Both are stand-ins: moto's server checks signatures and policies as S3 does; gcp-storage-emulator checks no credentials,
and the headers that it leaves out are added here.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from subprocess import CompletedProcess
from typing import ClassVar
from urllib.parse import unquote
from urllib.request import Request, urlopen

import boto3
import obstore
import pytest
from gcp_storage_emulator.handlers import buckets
from gcp_storage_emulator.server import GET, RequestHandler, Router
from gcp_storage_emulator.storage import Storage
from moto.server import ThreadedMotoServer
from obstore.store import GCSStore
from support import Server, fetch

BUCKET, KEY = "models", "flowers/iris.skops"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}],
}


@pytest.fixture(scope="module")
def bucket(iris_store: Path) -> Iterator[dict[str, str]]:
    """A bucket with one model that one key may read; the environment that a client needs."""
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


class GoogleHandler(RequestHandler):
    """Answers HEAD too, and says of an object what the real store says and obstore wants to know."""

    asked: ClassVar[list[str]] = []

    def parse_request(self) -> bool:
        parsed = super().parse_request()
        self.asked.append(f"{self.command} {unquote(self.path)}")
        return parsed

    def do_HEAD(self) -> None:
        out, self.wfile = self.wfile, BytesIO()
        Router(self).handle(GET)
        out.write(self.wfile.getvalue().partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        self.wfile = out

    def end_headers(self) -> None:
        self.send_header("ETag", f'"{hashlib.md5(self.path.encode()).hexdigest()}"')
        self.send_header("Last-Modified", self.date_time_string(0))
        super().end_headers()


@pytest.fixture
def google(tmp_path: Path, iris_store: Path) -> Iterator[dict[str, str]]:
    """A bucket with one model; the environment that a client needs."""
    storage = Storage(use_memory_fs=True)
    buckets.create_bucket(BUCKET, storage)
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(GoogleHandler, storage)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        account = tmp_path / "account.json"
        keys = {"client_email": "", "private_key": "", "private_key_id": "", "disable_oauth": True}
        account.write_text(json.dumps({**keys, "gcs_base_url": f"http://127.0.0.1:{server.server_port}"}))
        store = GCSStore(BUCKET, service_account=str(account), client_options={"allow_http": True})
        obstore.put(store, KEY, (iris_store / "iris" / "1" / "model.skops").read_bytes(), use_multipart=False)
        GoogleHandler.asked.clear()
        yield {"GOOGLE_SERVICE_ACCOUNT": str(account)}
        server.shutdown()


def test_fetched_from_google_is_served(tmp_path: Path, iris_store: Path, google: dict[str, str]) -> None:
    about = json.loads((iris_store / "iris" / "1" / "model.json").read_text())
    source = {"MODEL_SOURCES": f"iris/1=gs://{BUCKET}/{KEY}", "MODEL_SHA256": f"iris/1={about['sha256']}"}
    done = fetch(tmp_path / "store", **source, **google)
    assert done.returncode == 0, done.stdout
    assert GoogleHandler.asked == [f"HEAD /{BUCKET}/{KEY}", f"GET /{BUCKET}/{KEY}"]
    with Server(tmp_path / "store") as server:
        assert server.post("/predict", {"instances": [[5.1, 3.5, 1.4, 0.2]]}).json["predictions"] == ["setosa"]
    gone = fetch(tmp_path / "store", **{**source, "MODEL_SOURCES": f"iris/1=gs://{BUCKET}/rose.skops"}, **google)
    assert gone.returncode == 0, "it is in place already, with the checksum that is wanted"
    missing = fetch(tmp_path / "other", **{**source, "MODEL_SOURCES": f"iris/1=gs://{BUCKET}/rose.skops"}, **google)
    assert missing.returncode == 5
    assert "rose.skops" in missing.stdout
