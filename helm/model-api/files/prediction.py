"""Asks the service for a prediction, as `helm test` does it: python3 prediction.py

URL is the service's address, REQUEST_PATH and REQUEST_BODY what to ask; without a body it is the example that the
server shows for its model (MODEL, or its first), and the answer must be what that model recorded. The files in
/headers are headers.
"""

import json
import math
import os
import pathlib
import ssl
import sys
import time
import urllib.error
import urllib.request

# Right after an installation the pods may still be loading their model.
PATIENCE = 60
# The name in the certificate is the clients' name for the service, not the Service's.
CONTEXT = ssl._create_unverified_context()
HEADERS = {path.name: path.read_text().strip() for path in pathlib.Path("/headers").glob("[!.]*")}


def ask(path, body=None):
    """The answer's JSON, once there is one."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **HEADERS}
    request = urllib.request.Request(os.environ["URL"] + path, data, headers)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10, context=CONTEXT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 503 or time.monotonic() > until:
                sys.exit(f"{path} answered {error.code}: {error.read(300).decode(errors='replace')}")
        except OSError as error:
            if time.monotonic() > until:
                sys.exit(f"{path} does not answer: {error}")
        time.sleep(1)


def same(one, other):
    """Equal but for the rounding of floats."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) or isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-6)
    return one == other


def example():
    """The model's recorded example as a body, and the predictions that it recorded for it, None for any."""
    models = ask("/")["models"]
    model = next((model for model in models if model["name"] == os.environ["MODEL"]), models[0])
    if not model.get("example"):
        sys.exit(f"model {model['name']} has no example: set test.body")
    return {"instances": model["example"]}, model.get("expected")


body, expected = json.loads(os.environ["REQUEST_BODY"]), None
if not body:
    body, expected = example()
answer = ask(os.environ["REQUEST_PATH"], body)
print(json.dumps(answer))
if expected is not None and not same(answer.get("predictions"), expected):
    sys.exit(f"the model recorded {json.dumps(expected)} for its example")
