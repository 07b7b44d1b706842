# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tuned FastAPI with the faster functions of the server under test, which tells their gain from the server's."""

import os

import numpy as np
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

from model_server.process import settings
from model_server.startup.loading import load_all

plan = load_all(settings.read(os.environ)).get("").plans["predict"]
app = FastAPI()


@app.get("/ready")
async def ready() -> dict:
    return {}


@app.post("/predict")
async def predict(request: Request) -> Response:
    rows = np.array(orjson.loads(await request.body())["instances"], np.float64)
    answer = {"predictions": plan.run([rows])[0]}
    return Response(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning", access_log=False)
