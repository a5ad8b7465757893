"""The browser of the tests, the sites that they share, and what is kept of a test that fails."""

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
    """Chromium of the system, one for all tests."""
    program = chromium()
    if program is None:
        pytest.fail("Missing: Chromium (Debian: apt-get install chromium)", pytrace=False)
    expect.set_options(timeout=EXPECT_WITHIN_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(database_kind: str, new_database: NewDatabase) -> Iterator[Site]:
    """A site on each kind of database, which tests leave running."""
    with running_site(new_database(database_kind)) as site:
        yield site


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Return a factory of browsers of their own; what pages must not do fails in the end."""
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
    assert [visitor.faults for visitor in visitors if visitor.faults] == []


@pytest.fixture
def alice(site: Site) -> Person:
    return site.sign_up("Alice")


@pytest.fixture
def at(visit: Visit, site: Site, alice: Person) -> Visitor:
    """A browser in which Alice is signed in."""
    return visit(site, alice)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep what a page showed when its test failed, and say where."""
    report: Any = yield
    if report.when == "call" and report.failed:
        folder = Path(tempfile.mkdtemp(prefix="web-tests-"))
        for number, visitor in enumerate(item.stash.get(VISITORS, []), start=1):
            report.sections.append((f"Browser {number}", _keep(visitor, folder / str(number))))
    return report


def _keep(visitor: Visitor, place: Path) -> str:
    try:
        visitor.page.screenshot(path=f"{place}.png")
        Path(f"{place}.html").write_text(visitor.page.content())
    except Error as error:
        return f"nothing can be kept: {error}"
    seen = "\n".join([visitor.page.url, f"{place}.png", f"{place}.html", *visitor.faults])
    return f"{seen}\nThe front end's log:\n{visitor.site.web.log[-2000:]}"
