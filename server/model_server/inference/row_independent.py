# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which estimators treat each row by itself, so that rows of several requests may be computed together.

Trees walk down with one row; a neighbour search, a neural network or a linear model multiplies matrices, where the last
bit of a row's result can depend on how many rows there are.
"""

from __future__ import annotations

from typing import Any

from ..models.boosted import Boosted

# By name, so that their modules need not be imported.
BY_ROW = {
    *("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor"),
    *("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor"),
    *("GradientBoostingClassifier", "GradientBoostingRegressor", "IsolationForest"),
    *("HistGradientBoostingClassifier", "HistGradientBoostingRegressor", "DummyClassifier", "DummyRegressor"),
    *("StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler", "Binarizer", "KBinsDiscretizer"),
    *("SimpleImputer", "MissingIndicator", "OneHotEncoder", "OrdinalEncoder", "TargetEncoder", "SelectKBest"),
}
WRAPPERS = {"Pipeline": "steps", "ColumnTransformer": "transformers_", "FeatureUnion": "transformer_list"}


def treats_rows_alone(estimator: Any) -> bool:
    """Whether this estimator, and every estimator inside it, is one of those."""
    if isinstance(estimator, str):  # passthrough or drop
        return True
    kind = type(estimator)
    if issubclass(kind, Boosted):
        return True
    if not kind.__module__.startswith("sklearn."):
        return False
    if kind.__name__ in WRAPPERS:
        return all(treats_rows_alone(part[1]) for part in getattr(estimator, WRAPPERS[kind.__name__]))
    return kind.__name__ in BY_ROW
