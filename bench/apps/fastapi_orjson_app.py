# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""FastAPI on uvicorn, tuned: orjson reads and writes the body, and numpy takes the rows without a model of them."""

import os

import joblib
import numpy as np
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

model = joblib.load(os.environ["MODEL_FILE"])
app = FastAPI()


@app.get("/ready")
async def ready() -> dict:
    return {}


@app.post("/predict")
async def predict(request: Request) -> Response:
    rows = np.array(orjson.loads(await request.body())["instances"], np.float64)
    answer = {"predictions": model.predict(rows)}
    return Response(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning", access_log=False)
