# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kinds of data that people fit models with, and what they usually put before an estimator for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

RANDOM = np.random.default_rng(11)
SIZE = 45
NUMBERS = np.floor(10 * np.abs(RANDOM.normal(1.5, 1.0, (SIZE, 4)))) / 8
NULLS = np.where(RANDOM.random(NUMBERS.shape) < 0.15, np.nan, NUMBERS)
WORDS = ["cold", "rain", "sun", "wind", "snow", "warm"]
TEXTS = [" ".join(words) for words in RANDOM.choice(WORDS, (SIZE, 5)).tolist()]
CITIES = [["Lima", "Oslo", "Rome"][i % 3] for i in range(SIZE)]
CATEGORIES = pandas.DataFrame(
    {
        "city": pandas.Categorical(CITIES),
        "size": pandas.Categorical(np.array(["S", "M"])[RANDOM.integers(2, size=SIZE)]),
        "age": NUMBERS[:, 0],
    }
)
FRAME = pandas.DataFrame(
    {
        "city": pandas.Series([np.nan if i % 7 == 0 else city for i, city in enumerate(CITIES)], dtype="object"),
        "age": NULLS[:, 0],
        "income": NUMBERS[:, 1],
        "member": RANDOM.integers(2, size=SIZE).astype(bool),
    }
)
CLASSES = np.array(["ash", "birch", "cedar"])[(np.arange(SIZE) % 3 + (NUMBERS[:, 0] > 2)) % 3]
VALUES = 0.1 + NUMBERS @ [1.0, 2.0, 0.5, 3.0]


class Kind(NamedTuple):
    """A kind of data.

    :ivar rows: what scikit-learn is fitted with.
    :ivar steps: what goes before an estimator that does not take such rows itself.
    """

    name: str
    rows: Any
    steps: Callable[[], list]


def encoded() -> ColumnTransformer:
    return make_column_transformer(
        (OneHotEncoder(sparse_output=False, handle_unknown="ignore"), ["city", "size"]), remainder="passthrough"
    )


def imputed() -> ColumnTransformer:
    encoder = OneHotEncoder(sparse_output=False, handle_unknown="ignore")
    texts = make_pipeline(SimpleImputer(strategy="most_frequent"), encoder)
    return make_column_transformer((texts, ["city", "member"]), (SimpleImputer(), ["age", "income"]))


KINDS = (
    Kind("numbers", NUMBERS, list),
    Kind("nulls", NULLS, lambda: [SimpleImputer()]),
    Kind("texts", TEXTS, lambda: [TfidfVectorizer()]),
    Kind("categories", CATEGORIES, lambda: [encoded()]),
    Kind("frames", FRAME, lambda: [imputed()]),
)


def dense(steps: list) -> list:
    """The steps for an estimator that takes no sparse matrix, which texts become."""
    if steps and isinstance(steps[0], TfidfVectorizer):
        return [*steps, TruncatedSVD(3, random_state=0)]
    return steps


def titles(steps: list) -> str:
    """The steps' classes."""
    return ", ".join(type(step).__name__ for step in steps)
