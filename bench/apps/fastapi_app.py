# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""FastAPI on uvicorn, as its tutorial would have it: the model in memory, a typed body, one async handler."""

import os

import joblib
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

model = joblib.load(os.environ["MODEL_FILE"])
app = FastAPI()


class Body(BaseModel):
    instances: list[list[float]]


@app.get("/ready")
async def ready() -> dict:
    return {}


@app.post("/predict")
async def predict(body: Body) -> dict:
    return {"predictions": model.predict(body.instances).tolist()}


uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
