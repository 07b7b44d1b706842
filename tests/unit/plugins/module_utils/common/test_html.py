# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from html.parser import HTMLParser

from ansible_collections.modelops.serving.plugins.module_utils.common.html import page


class Tags(HTMLParser):
    """``opened`` and ``closed``: tags in order. ``texts``: by the tag that they stand in."""

    def __init__(self, text: str):
        super().__init__()
        self.opened, self.closed, self.texts = [], [], {}
        self.feed(text)

    def handle_starttag(self, tag, _attributes):
        self.opened.append(tag)

    def handle_endtag(self, tag):
        self.closed.append(tag)

    def handle_data(self, data):
        if self.opened and data.strip():
            self.texts[self.opened[-1]] = data


def test_a_whole_page():
    made = Tags(page("a <b> & c", "<h1>there</h1>", "ol { margin: 0; }"))
    assert made.opened == ["html", "head", "meta", "meta", "title", "style", "body", "h1"]
    assert made.closed == ["title", "style", "head", "h1", "body", "html"]
    assert made.texts["title"] == "a <b> & c"
    assert made.texts["h1"] == "there"
    assert made.texts["style"].endswith("ol { margin: 0; }")


def test_it_loads_nothing_from_elsewhere():
    text = page("title", "", "")
    assert not [word for word in ("src=", "href=", "http:", "https:", "@import", "url(") if word in text]
