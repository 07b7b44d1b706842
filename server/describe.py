# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the schema of sample data, and an example, into the model.json of a model.

    python server/describe.py models/churn/7 sample.csv --without churned

The data are a CSV or Parquet file with the columns that the model was fitted with. A skops file, or one of
XGBoost (.ubj, or .json of another name than model.json) or LightGBM (.txt), that is alone in the folder gets its
model.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import pandas

from model_server.models.boosted import LIBRARIES
from model_server.models.metadata import saved_with
from model_server.models.schema import of_data

EXAMPLE_ROWS = 3


def read_data(path: Path, without: list[str]) -> pandas.DataFrame:
    frame = pandas.read_parquet(path) if path.suffix == ".parquet" else pandas.read_csv(path)
    return frame.drop(columns=without)


def plain_columns(frame: pandas.DataFrame) -> dict[str, list]:
    """Plain values by name; None for what is missing."""
    return {
        str(name): [None if pandas.isna(value) else value for value in frame[name].astype(object).tolist()]
        for name in frame
    }


def metadata_of(folder: Path) -> dict:
    """What the folder's model.json holds, or what is known of its model file."""
    described = folder / "model.json"
    if described.is_file():
        return json.loads(described.read_text("utf-8"))
    files = sorted(path for path in folder.glob("*") if path.suffix in (".skops", *LIBRARIES))
    if len(files) != 1:
        raise SystemExit(f"{folder} has neither a model.json nor one file of {', '.join(('.skops', *LIBRARIES))}")
    (file,) = files
    version = saved_with(file)
    return {
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        **({"sklearn_version": version} if version else {}),
    }


def described(metadata: dict, columns: dict[str, list]) -> dict:
    """The metadata with the schema, names and example of the data. An example that is there already stays."""
    rows = [list(row) for row in zip(*columns.values(), strict=True)][:EXAMPLE_ROWS]
    example = {} if metadata.get("example") else {"example": rows}
    return {**metadata, "feature_names": list(columns), "schema": of_data(columns), **example}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder of the model, with its file")
    parser.add_argument("data", type=Path, help="CSV or Parquet file")
    parser.add_argument("--without", nargs="*", default=[], help="columns that the model does not take, as the target")
    arguments = parser.parse_args()
    metadata = described(metadata_of(arguments.folder), plain_columns(read_data(arguments.data, arguments.without)))
    text = json.dumps(metadata, indent=2, ensure_ascii=False) + "\n"
    (arguments.folder / "model.json").write_text(text, "utf-8")
    print(json.dumps(metadata["schema"], indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
