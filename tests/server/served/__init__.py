# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which models are served: estimators and wrappers, each with the kinds of data that people fit it with."""
