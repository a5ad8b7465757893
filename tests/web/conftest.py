"""Fixtures for browser tests, and screenshots of failed tests."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, expect, sync_playwright
from support.browser import ARGUMENTS, DESK, Site, Visit, Visitor, chromium, running_site
from support.processes import NewDatabase, Person

EXPECT_WITHIN_MS = 15_000
VISITORS = pytest.StashKey[list[Visitor]]()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The installed Chromium, shared by all tests."""
    program = chromium()
    if program is None:
        pytest.skip("Chromium is missing (Debian: apt-get install chromium)")
    expect.set_options(timeout=EXPECT_WITHIN_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(database_kind: str, new_database: NewDatabase) -> Iterator[Site]:
    """A site on each kind of database, shared by tests that leave it running."""
    with running_site(new_database(database_kind)) as site:
        yield site


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Return a factory of separate browsers. A test fails at its end if a browser has errors."""
    visitors: list[Visitor] = []
    request.node.stash[VISITORS] = visitors

    def open_browser(site: Site, person: Person | None = None, **options: Any) -> Visitor:
        settings = {"viewport": DESK, "locale": "en-GB", "reduced_motion": "reduce"} | options
        visitors.append(Visitor(site, browser.new_context(**settings)))
        if person is not None:
            visitors[-1].become(person)
        return visitors[-1]

    yield open_browser
    for visitor in visitors:
        visitor.close()
    assert [visitor.errors for visitor in visitors if visitor.errors] == []


@pytest.fixture
def alice(site: Site) -> Person:
    return site.sign_up("Alice")


@pytest.fixture
def at(visit: Visit, site: Site, alice: Person) -> Visitor:
    """A browser in which Alice is signed in."""
    return visit(site, alice)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Save the page of a failed test, and add the location to the report."""
    report: Any = yield
    if report.when == "call" and report.failed:
        folder = Path(tempfile.mkdtemp(prefix="web-tests-"))
        for number, visitor in enumerate(item.stash.get(VISITORS, []), start=1):
            report.sections.append((f"Browser {number}", _save_page(visitor, folder / str(number))))
    return report


def _save_page(visitor: Visitor, path: Path) -> str:
    try:
        visitor.page.screenshot(path=f"{path}.png")
        Path(f"{path}.html").write_text(visitor.page.content())
    except Error as error:
        return f"the page can't be saved: {error}"
    lines = "\n".join([visitor.page.url, f"{path}.png", f"{path}.html", *visitor.errors])
    return f"{lines}\nThe front end's log:\n{visitor.site.web.log[-2000:]}"
