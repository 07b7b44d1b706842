# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""LitServe with one worker and its defaults."""

import os

import joblib
import litserve


class SklearnAPI(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self.model = joblib.load(os.environ["MODEL_FILE"])

    def decode_request(self, request: dict) -> list:
        return request["instances"]

    def predict(self, rows: list) -> list:
        return self.model.predict(rows).tolist()

    def encode_response(self, output: list) -> dict:
        return {"predictions": output}


if __name__ == "__main__":
    server = litserve.LitServer(SklearnAPI(), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), num_api_servers=1, generate_client_file=False)
