# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is known of an estimator."""

from __future__ import annotations

import pandas
import pytest
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from model_server.models.model import MAX_COLUMNS, Model, ModelError, describe, takes_frame

FRAME = pandas.DataFrame({"age": [1.0, 2.0, 3.0, 4.0], "city": ["Rome", "Oslo", "Lima", "Rome"]})


def described(estimator: object, **metadata: object) -> Model:
    return describe("m", "1", "d" * 64, {"sklearn_version": "1.7.0", **metadata}, estimator)


def test_a_classifier_without_column_names() -> None:
    model = described(LogisticRegression().fit([[0.0, 1.0], [1.0, 0.0]], ["no", "yes"]))
    assert (model.features, model.names, model.methods) == (2, None, ("predict", "predict_proba"))
    assert (model.classes, model.frame, model.columns) == (["no", "yes"], False, ["0", "1"])
    assert model.example == [[0.0, 0.0]]


def test_names_and_example_of_the_metadata() -> None:
    model = described(LinearRegression().fit([[0.0], [1.0]], [0, 1]), feature_names=["size"], example=[[7]])
    assert (model.names, model.example, model.methods, model.classes) == (["size"], [[7]], ("predict",), None)


def test_an_example_is_made_of_known_categories() -> None:
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()), ["city"])
    )
    model = described(make_pipeline(columns, LinearRegression()).fit(FRAME, [1, 2, 3, 4]))
    assert model.frame
    assert model.example == [[0.0, "Lima"]]


@pytest.mark.parametrize("estimator", [LinearRegression(), PCA().fit([[0.0, 1.0], [1.0, 0.0]]), {"a": 1}])
def test_what_cannot_predict_is_refused(estimator: object) -> None:
    with pytest.raises(ModelError, match="is no fitted estimator with predict"):
        described(estimator)


def test_which_estimators_need_a_data_frame() -> None:
    columns = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["city"]))
    search = GridSearchCV(make_pipeline(columns, LinearRegression()), {}, cv=2).fit(FRAME, [1, 2, 3, 4])
    assert takes_frame(search)
    assert not takes_frame(make_pipeline(StandardScaler(), LinearRegression()))


def test_wide_models_have_counters_for_their_first_columns_only() -> None:
    model = described(LinearRegression().fit([[0.0] * 150, [1.0] * 150], [0, 1]))
    assert model.column_labels[-1] == ("m", "1", str(MAX_COLUMNS - 1))
