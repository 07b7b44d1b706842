# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faster functions for estimators: the same arithmetic in the same order, without scikit-learn's checks."""
