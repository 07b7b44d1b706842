# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the schema of sample data, and an example, into the model.json of a model.

    python server/describe.py models/churn/7 sample.csv --target churned

The data are a CSV or Parquet file with the columns that the model was fitted with. A skops file, or one of
XGBoost (.ubj, or .json of another name than model.json) or LightGBM (.txt), that is alone in the folder gets its
model.json. The file of a booster has no labels: where the target is text, its texts become the `classes`, in the order
in which LightGBM and scikit-learn's LabelEncoder number them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import pandas

from model_server.models.boosted import LIBRARIES
from model_server.models.metadata import of_booster, saved_with
from model_server.models.schema import of_data

EXAMPLE_ROWS = 3


def read_data(path: Path) -> pandas.DataFrame:
    """Ends the program where there are none that can be read."""
    kind, read = ("Parquet", pandas.read_parquet) if path.suffix == ".parquet" else ("CSV", pandas.read_csv)
    try:
        return read(path)
    except FileNotFoundError:
        raise SystemExit(f"{path}: there is no such file") from None
    except pandas.errors.EmptyDataError:
        raise SystemExit(f"{path} holds no columns") from None
    except OSError as error:
        raise SystemExit(f"{path} cannot be read: {error.strerror or first_line(error)}") from None
    except ImportError as error:
        raise SystemExit(f"{path}: {kind} needs a package that is not there: {first_line(error)}") from None
    except ValueError as error:  # what pandas and pyarrow raise for a wrong content is one of these
        raise SystemExit(f"{path} cannot be read as {kind}: {first_line(error)}") from None


def first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


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
        return read_metadata(described)
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


def read_metadata(path: Path) -> dict:
    """Ends the program where it is none."""
    try:
        metadata = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise SystemExit(f"{path} is no JSON: {error}") from None
    if not isinstance(metadata, dict):
        raise SystemExit(f"{path} is no JSON object")
    return metadata


def labels_of(target: pandas.Series) -> list | None:
    """The texts or booleans of a target, in order; None where it holds anything else, such as numbers."""
    known = target.dropna().astype(object).tolist()
    kinds = {type(value) for value in known}
    return sorted(set(known)) if kinds in ({str}, {bool}) else None


def described(metadata: dict, columns: dict[str, list]) -> dict:
    """The metadata with the schema, names and example of the data. An example that is there already stays."""
    rows = [list(row) for row in zip(*columns.values(), strict=True)][:EXAMPLE_ROWS]
    example = {} if metadata.get("example") else {"example": rows}
    return {**metadata, "feature_names": list(columns), "schema": of_data(columns), **example}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder of the model, with its file")
    parser.add_argument("data", type=Path, help="CSV or Parquet file")
    parser.add_argument("--target", help="column that the model predicts")
    parser.add_argument("--without", nargs="*", default=[], help="other columns that the model does not take")
    arguments = parser.parse_args()
    frame, metadata = read_data(arguments.data), metadata_of(arguments.folder)
    others = [*arguments.without, *([arguments.target] if arguments.target else [])]
    if missing := [name for name in others if name not in frame]:
        raise SystemExit(f"{arguments.data} has no column {', '.join(missing)}: it has {', '.join(map(str, frame))}")
    if arguments.target and of_booster(metadata) and not metadata.get("classes"):
        labels = labels_of(frame[arguments.target])
        metadata |= {"classes": labels} if labels else {}
    metadata = described(metadata, plain_columns(frame.drop(columns=others)))
    text = json.dumps(metadata, indent=2, ensure_ascii=False) + "\n"
    (arguments.folder / "model.json").write_text(text, "utf-8")
    shown = {name: metadata[name] for name in ("classes", "schema") if name in metadata}
    print(json.dumps(shown, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
