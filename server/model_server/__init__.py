# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A model server for scikit-learn: one process, one loop, one predict for everything a turn of the loop brought."""

__version__ = "1.0.0"
