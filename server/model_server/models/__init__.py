# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Models from a store: fetched, checked before they are opened, opened, described and kept in a registry."""
