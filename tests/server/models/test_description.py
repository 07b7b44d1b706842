# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is known of an estimator before it predicts."""

from __future__ import annotations

import pandas
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import DBSCAN
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from model_server.models.description import describe
from model_server.models.model import Model, ModelError

FRAME = pandas.DataFrame({"age": [1.0, 2.0, 3.0, 4.0], "city": ["Rome", "Oslo", "Lima", "Rome"]})


def described(estimator: object, **metadata: object) -> Model:
    return describe("m", "1", "d" * 64, {"sklearn_version": "1.7.0", **metadata}, estimator)


def test_a_classifier_without_column_names() -> None:
    model = described(LogisticRegression().fit([[0.0, 1.0], [1.0, 0.0]], ["no", "yes"]))
    assert (model.features, model.names, model.methods[:2]) == (2, None, ("predict", "predict_proba"))
    assert model.methods[2:] == ("predict_log_proba", "decision_function")
    assert (model.classes, model.takes, model.columns) == (["no", "yes"], "numbers", ["0", "1"])
    assert model.example == [[0.0, 0.0]]


def test_names_and_example_of_the_metadata() -> None:
    model = described(LinearRegression().fit([[0.0], [1.0]], [0, 1]), feature_names=["size"], example=[[7]])
    assert (model.names, model.example, model.methods, model.classes) == (["size"], [[7]], ("predict",), None)


def test_an_example_is_made_of_known_categories() -> None:
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()), ["city"])
    )
    model = described(make_pipeline(columns, LinearRegression()).fit(FRAME, [1, 2, 3, 4]))
    assert model.takes == "frame"
    assert model.example == [[0.0, "Lima"]]


class Doubled(TransformerMixin, BaseEstimator):
    """As users write one: it sets nothing when it is fitted."""

    def fit(self, rows, target=None):
        return self

    def transform(self, rows):
        return rows


DOUBLED = make_pipeline(Doubled(), LinearRegression()).fit([[0.0, 1.0], [1.0, 0.0]], [0, 1])


@pytest.mark.parametrize("metadata", [{"example": [[1, 2]]}, {"feature_names": ["a", "b"]}])
def test_the_metadata_say_how_many_columns_a_transformer_of_ones_own_takes(metadata: dict) -> None:
    assert described(DOUBLED, **metadata).features == 2


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (DOUBLED, "Doubled does not say how many columns it takes: have its fit set self.n_features_in_"),
        (LinearRegression(), "LinearRegression is not fitted"),
        (PCA().fit([[0.0, 1.0], [1.0, 0.0]]), "PCA has no predict: it does not answer for new rows"),
        (make_pipeline("passthrough", DBSCAN()), "DBSCAN has no predict"),
        ({"a": 1}, "dict has no predict"),
        (
            make_pipeline(DictVectorizer(), LinearRegression()).fit([{"a": 1}, {"a": 2}], [1, 2]),
            "DictVectorizer takes dictionaries; fit OneHotEncoder on a DataFrame in its place",
        ),
        (
            make_pipeline(FeatureHasher(4), LinearRegression()).fit([{"a": 1}, {"a": 2}], [1, 2]),
            "FeatureHasher takes dictionaries; fit OneHotEncoder on a DataFrame in its place",
        ),
    ],
)
def test_what_cannot_be_served_is_refused(estimator: object, message: str) -> None:
    with pytest.raises(ModelError, match=f"model m version 1: {message}"):
        described(estimator)


def test_a_model_of_texts_has_one_column_of_that_name() -> None:
    model = described(make_pipeline(TfidfVectorizer(), LinearRegression()).fit(["a cold day", "some sun"], [1, 2]))
    assert (model.takes, model.features, model.names, model.example) == ("texts", 1, ["text"], [["cold"]])
    assert model.documents == {"text"}


def test_columns_are_known_though_the_first_step_passes_them_through() -> None:
    named = described(make_pipeline("passthrough", LinearRegression()).fit(FRAME[["age"]], [1, 2, 3, 4]))
    assert (named.features, named.names, named.takes) == (1, ["age"], "numbers")


def test_classes_of_several_outputs() -> None:
    model = MultiOutputClassifier(LogisticRegression()).fit([[0.0], [1.0], [2.0]], [[0, 1], [1, 2], [0, 3]])
    assert described(model).classes == [[0, 1], [1, 2, 3]]


def test_names_of_more_columns_than_the_model_takes_are_named() -> None:
    with pytest.raises(ModelError, match=r"'feature_names' in model.json are 2; the model takes 1"):
        described(LinearRegression().fit([[0.0], [1.0]], [0, 1]), feature_names=["size", "age"])
