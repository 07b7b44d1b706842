# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Estimators and wrappers that people serve."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import DBSCAN, AgglomerativeClustering, Birch, BisectingKMeans, KMeans, MeanShift, MiniBatchKMeans
from sklearn.compose import TransformedTargetRegressor
from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import RFE, SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.kernel_approximation import Nystroem
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNet,
    GammaRegressor,
    HuberRegressor,
    Lasso,
    LassoLarsIC,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    PoissonRegressor,
    QuantileRegressor,
    RANSACRegressor,
    Ridge,
    RidgeClassifier,
    RidgeCV,
    SGDClassifier,
    SGDRegressor,
    TheilSenRegressor,
    TweedieRegressor,
)
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, LocalOutlierFactor, NearestCentroid
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import PolynomialFeatures, SplineTransformer, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR, NuSVC, OneClassSVM
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier

from .data import CLASSES, KINDS, SIZE, VALUES, dense

Make = Callable[[list], BaseEstimator]
# Of two classes, of several outputs, and with rows whose class is not known.
BINARY = np.where(CLASSES == "ash", "ash", "other")
TWO_CLASSES = np.column_stack([CLASSES == "ash", CLASSES == "birch"]).astype(int)
TWO_VALUES = np.column_stack([VALUES, VALUES[::-1]])
SOME_KNOWN = np.where(np.arange(SIZE) % 5 == 0, -1, np.unique(CLASSES, return_inverse=True)[1])


class Row(NamedTuple):
    """A row of the table.

    :ivar make: the estimator, given the steps that go before it or, for a wrapper, into it.
    """

    name: str
    make: Make
    target: Any


def behind(kind: type, **arguments: Any) -> Make:
    """The estimator, behind the steps."""
    return lambda steps: make_pipeline(*steps, kind(**arguments)) if steps else kind(**arguments)


def behind_dense(kind: type, **arguments: Any) -> Make:
    return lambda steps: behind(kind, **arguments)(dense(steps))


def around(kind: type, inner: Make, **arguments: Any) -> Make:
    """The wrapper, with the steps inside it."""
    return lambda steps: kind(inner(steps), **arguments)


def around_several(kind: type, *inner: Make, **arguments: Any) -> Make:
    return lambda steps: kind([(f"part{i}", make(steps)) for i, make in enumerate(inner)], **arguments)


def searched(kind: type, **arguments: Any) -> Make:
    """A search over pipelines that always have a first step, so that a parameter has one name."""
    grid = {"logisticregression__C": [0.5, 1]}
    return lambda steps: kind(make_pipeline(*(steps or ["passthrough"]), LogisticRegression()), grid, cv=2, **arguments)


def before(*steps_between: Any) -> Make:
    """A pipeline with these steps in its middle."""
    return lambda steps: make_pipeline(*dense(steps), *steps_between, LogisticRegression())


def row(make: Callable[..., Make], kind: type, target: Any, *inner: Make, **arguments: Any) -> Row:
    return Row(kind.__name__, make(kind, *inner, **arguments), target)


def frozen(steps: list) -> BaseEstimator:
    """A pipeline that is fitted already, with the first kind of rows that it takes, and is not fitted again."""
    for kind in KINDS:
        with suppress(ValueError, AttributeError):
            return FrozenEstimator(LOGISTIC(steps).fit(kind.rows, CLASSES))
    raise AssertionError(steps)


LOGISTIC, RIDGE = behind(LogisticRegression), behind(Ridge)
FOREST = behind(RandomForestClassifier, n_estimators=5, random_state=0)
TREE = behind(DecisionTreeRegressor, random_state=0)
SMALL = {"n_estimators": 6, "random_state": 0}

ROWS = (
    # Classifiers
    row(behind, LogisticRegression, CLASSES),
    row(behind, LogisticRegressionCV, CLASSES, cv=2, Cs=2, use_legacy_attributes=False, l1_ratios=(0.0,)),
    row(behind, RidgeClassifier, CLASSES),
    row(behind, SGDClassifier, CLASSES, random_state=0, loss="log_loss"),
    row(behind, LinearSVC, CLASSES),
    row(behind, SVC, CLASSES),
    row(behind, NuSVC, CLASSES, nu=0.2),
    row(behind, KNeighborsClassifier, CLASSES),
    row(behind, NearestCentroid, CLASSES),
    row(behind_dense, GaussianNB, CLASSES),
    row(behind, BernoulliNB, CLASSES),
    row(behind, MultinomialNB, CLASSES),
    row(behind, ComplementNB, CLASSES),
    row(behind_dense, LinearDiscriminantAnalysis, CLASSES),
    row(behind_dense, QuadraticDiscriminantAnalysis, CLASSES, reg_param=0.5),
    row(behind_dense, GaussianProcessClassifier, CLASSES),
    row(behind, MLPClassifier, CLASSES, hidden_layer_sizes=(5,), max_iter=20, random_state=0),
    row(behind, DecisionTreeClassifier, CLASSES, random_state=0),
    row(behind, ExtraTreeClassifier, CLASSES, random_state=0),
    row(behind, RandomForestClassifier, CLASSES, **SMALL),
    row(behind, ExtraTreesClassifier, CLASSES, **SMALL),
    row(behind, GradientBoostingClassifier, CLASSES, **SMALL),
    row(behind_dense, HistGradientBoostingClassifier, CLASSES, max_iter=5, random_state=0),
    row(behind, AdaBoostClassifier, CLASSES, **SMALL),
    row(behind, BaggingClassifier, CLASSES, **SMALL),
    row(behind, DummyClassifier, CLASSES),
    # Regressors
    row(behind, LinearRegression, VALUES),
    row(behind, Ridge, VALUES),
    row(behind, RidgeCV, VALUES),
    row(behind, Lasso, VALUES),
    row(behind, ElasticNet, VALUES),
    row(behind_dense, LassoLarsIC, VALUES),
    row(behind_dense, BayesianRidge, VALUES),
    row(behind_dense, ARDRegression, VALUES),
    row(behind, HuberRegressor, VALUES),
    row(behind_dense, TheilSenRegressor, VALUES, random_state=0, max_subpopulation=50),
    row(behind, RANSACRegressor, VALUES, random_state=0, min_samples=10),
    row(behind, QuantileRegressor, VALUES),
    row(behind, PoissonRegressor, VALUES),
    row(behind, GammaRegressor, VALUES),
    row(behind, TweedieRegressor, VALUES),
    row(behind, SGDRegressor, VALUES, random_state=0),
    row(behind, LinearSVR, VALUES),
    row(behind, SVR, VALUES),
    row(behind, KernelRidge, VALUES),
    row(behind_dense, GaussianProcessRegressor, VALUES),
    row(behind, KNeighborsRegressor, VALUES),
    row(behind, MLPRegressor, VALUES, hidden_layer_sizes=(5,), max_iter=20, random_state=0),
    row(behind, DecisionTreeRegressor, VALUES, random_state=0),
    row(behind, RandomForestRegressor, VALUES, **SMALL),
    row(behind, ExtraTreesRegressor, VALUES, **SMALL),
    row(behind, GradientBoostingRegressor, VALUES, **SMALL),
    row(behind_dense, HistGradientBoostingRegressor, VALUES, max_iter=5, random_state=0),
    row(behind, AdaBoostRegressor, VALUES, **SMALL),
    row(behind, BaggingRegressor, VALUES, **SMALL),
    row(behind_dense, PLSRegression, TWO_VALUES),
    row(behind, DummyRegressor, VALUES),
    # Clusters, mixtures, outliers
    row(behind, KMeans, None, n_clusters=3, n_init=1, random_state=0),
    row(behind, MiniBatchKMeans, None, n_clusters=3, n_init=1, random_state=0),
    row(behind, BisectingKMeans, None, n_clusters=3, random_state=0),
    row(behind_dense, MeanShift, None, bandwidth=2),
    row(behind, Birch, None, n_clusters=3),
    row(behind_dense, GaussianMixture, None, random_state=0),
    row(behind, IsolationForest, None, **SMALL),
    row(behind, OneClassSVM, None),
    row(behind, LocalOutlierFactor, None, novelty=True),
    row(behind_dense, AgglomerativeClustering, None),
    row(behind, DBSCAN, None),
    # Wrappers, with the preparation of the data inside them
    row(around, CalibratedClassifierCV, CLASSES, LOGISTIC, cv=2),
    row(around_several, VotingClassifier, CLASSES, LOGISTIC, FOREST, voting="soft"),
    row(around_several, StackingClassifier, CLASSES, LOGISTIC, FOREST, cv=2),
    row(around, OneVsRestClassifier, CLASSES, LOGISTIC),
    row(around, OneVsOneClassifier, CLASSES, LOGISTIC),
    row(around, OutputCodeClassifier, CLASSES, LOGISTIC, random_state=0),
    row(around, MultiOutputClassifier, TWO_CLASSES, LOGISTIC),
    row(around, ClassifierChain, TWO_CLASSES, LOGISTIC),
    row(around, SelfTrainingClassifier, SOME_KNOWN, LOGISTIC),
    row(around, FixedThresholdClassifier, BINARY, LOGISTIC, threshold=0.4, pos_label="ash"),
    row(around, TunedThresholdClassifierCV, BINARY, LOGISTIC, cv=2),
    row(around, CalibratedClassifierCV, CLASSES, frozen, cv=2)._replace(name="FrozenEstimator"),
    row(searched, GridSearchCV, CLASSES),
    row(searched, RandomizedSearchCV, CLASSES, n_iter=1, random_state=0),
    row(around_several, VotingRegressor, VALUES, RIDGE, TREE),
    row(around_several, StackingRegressor, VALUES, RIDGE, TREE, cv=2),
    row(around, MultiOutputRegressor, TWO_VALUES, RIDGE),
    row(around, TransformedTargetRegressor, VALUES, RIDGE, func=np.log, inverse_func=np.exp),
    # Steps in the middle
    Row("passthrough", before("passthrough"), CLASSES),
    Row("StandardScaler", before(StandardScaler()), CLASSES),
    Row("PolynomialFeatures", before(PolynomialFeatures(2)), CLASSES),
    Row("SplineTransformer", before(SplineTransformer()), CLASSES),
    Row("PCA", before(PCA(2)), CLASSES),
    Row("Nystroem", before(Nystroem(n_components=5, random_state=0)), CLASSES),
    Row("SelectKBest", before(SelectKBest(k=2)), CLASSES),
    Row("RFE", before(RFE(LogisticRegression(), n_features_to_select=2)), CLASSES),
    Row("FeatureUnion", before(make_union(StandardScaler(), PCA(2))), CLASSES),
)
