# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""KServe's own server with the model class of its scikit-learn runtime: joblib, then predict of the instances."""

import os

import joblib
from kserve import Model, ModelServer


class SklearnModel(Model):
    def load(self) -> bool:
        self.model = joblib.load(os.environ["MODEL_FILE"])
        self.ready = True
        return self.ready

    def predict(self, payload: dict, headers: dict | None = None) -> dict:
        return {"predictions": self.model.predict(payload["instances"]).tolist()}


model = SklearnModel("m")
model.load()
ModelServer(http_port=int(os.environ["PORT"]), enable_grpc=False, workers=1).start([model])
