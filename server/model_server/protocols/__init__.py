# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How clients may speak to the server.

Each protocol is `decode(request, model, settings) -> list[Call]` and `encode(calls) -> Response`.
"""
