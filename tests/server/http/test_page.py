# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page for people, in a real browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from support import REPOSITORY, Server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium, installed if there is none."""
    found = subprocess.run(
        [str(REPOSITORY / "tests" / "scripts" / "chromium.sh")],
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    with sync_playwright() as playwright:
        # As root, as in a container, Chromium refuses to start inside its own sandbox.
        options = {"executable_path": found.stdout.strip(), "args": ["--no-sandbox"] if os.geteuid() == 0 else []}
        browser = playwright.chromium.launch(**options)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, iris: Server) -> Iterator[Page]:
    """The server's page, and nothing that went wrong on it."""
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(f"http://127.0.0.1:{iris.port}/")
    yield page
    page.close()
    # That a resource failed is what the tests below are about; a script that is refused or breaks is not.
    assert [error for error in errors if not error.startswith("Failed to load resource")] == []


def test_it_shows_the_model(page: Page, iris_store: Path) -> None:
    about = json.loads((iris_store / "iris" / "1" / "model.json").read_text())
    expect(page.get_by_role("heading", name="iris, version 1")).to_be_visible()
    for name, value in {
        "Estimator": f"Pipeline (scikit-learn {about['sklearn_version']})",
        "Columns": ", ".join(about["feature_names"]),
        "Schema": "; ".join(
            f"{known['name']}: number, {known['range'][0]:g} to {known['range'][1]:g}" for known in about["schema"]
        ),
        "Classes": "setosa, versicolor, virginica",
        "SHA-256": about["sha256"],
    }.items():
        row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))
        expect(row.get_by_role("cell")).to_have_text(value)


def test_its_example_is_predicted(page: Page) -> None:
    rows = json.loads(page.get_by_label("Rows to predict").input_value())["instances"]
    assert len(rows) == 3
    page.get_by_role("button", name="Predict").click()
    answer = page.locator("pre")
    expect(answer).to_contain_text('"predictions"')
    assert json.loads(answer.inner_text()) == {"predictions": ["setosa", "versicolor", "virginica"]}


def test_it_shows_why_input_is_refused(page: Page) -> None:
    page.get_by_label("Rows to predict").fill('{"instances": [[1, 2, 3]]}')
    page.get_by_role("button", name="Predict").click()
    answer = page.locator("pre.bad")
    expect(answer).to_contain_text("3 values, the model takes 4")


def test_its_link_leads_to_the_openapi_document(page: Page) -> None:
    page.get_by_role("link", name="OpenAPI document").click()
    page.wait_for_url("**/openapi.json")
    assert json.loads(page.locator("body").inner_text())["openapi"] == "3.1.0"


def test_it_loads_nothing_from_elsewhere(browser: Browser, iris: Server) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"http://127.0.0.1:{iris.port}/", wait_until="networkidle")
    page.close()
    assert asked
    assert all(url.startswith(f"http://127.0.0.1:{iris.port}/") for url in asked), asked
