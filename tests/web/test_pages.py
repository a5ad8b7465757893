"""Every page fits on a phone, passes axe, and works with the keyboard."""

import pytest
from playwright.sync_api import Page, expect
from support.browser import PHONE, Site, Visit, once
from support.processes import PASSWORD, Person, wait_until

PUBLIC = [
    "/",
    "/sign-in",
    "/sign-up",
    "/forgot-password",
    "/reset-password?token=x",
    "/no/such/page",
]
PRIVATE = ["/dashboard", "/tags", "/trash", "/settings"]
THEMES = ["light", "dark"]


@pytest.fixture(scope="module")
def ada(site: Site) -> Person:
    """A user with every kind of data that a page can show."""
    ada = site.sign_up("Ada Lovelace")
    client = site.client(ada)
    long = client.make("/tags", name="w" * 50, color="#aa3355")["id"]
    home = client.make("/tags", name="Home", color="#22aa55")["id"]
    client.make("/tags", name="Without a colour")
    client.make("/tasks", title="Water the tomatoes", tag_ids=[home], priority="low")
    client.make("/tasks", title="w" * 200, description="d" * 1000, tag_ids=[long, home])
    late = {"due_date": "2020-02-29T12:00:00Z", "priority": "high"}
    client.make("/tasks", title="Late since long ago", **late)
    client.make("/tasks", title="Done", completed=True)
    return ada


@once
@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_no_problems(visit: Visit, site: Site, ada: Person, theme: str):
    for person, paths in ((None, PUBLIC), (ada, PRIVATE)):
        visitor = visit(site, person, color_scheme=theme)
        visitor.expect_error("no/such/page")
        for path in paths:
            visitor.goto(path)
            visitor.settle()
            assert visitor.axe() == [], path


@once
def test_pages_fit_on_a_phone(visit: Visit, site: Site, ada: Person):
    for person, paths in ((None, PUBLIC), (ada, PRIVATE)):
        visitor = visit(site, person, viewport=PHONE)
        visitor.expect_error("no/such/page")
        for path in paths:
            visitor.goto(path)
            visitor.settle()
            assert visitor.overflow() == [], path


@once
def test_sign_in_and_sign_out_with_the_keyboard(visit: Visit, site: Site, ada: Person):
    visitor = visit(site)
    page = visitor.goto("/")
    press = page.keyboard.press
    press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    tab_to(page, "Sign in")
    press("Enter")
    visitor.wait_for_path("/sign-in")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.wait_for_function("document.querySelector('input')")
    tab_to(page, "E-mail")
    page.keyboard.type(ada.email)
    press("Tab")
    page.keyboard.type(PASSWORD)
    press("Enter")
    visitor.wait_for_path("/dashboard")
    tab_to(page, "Account menu of Ada Lovelace")
    press("Enter")
    expect(page.get_by_role("menuitem", name="Settings")).to_be_focused()
    press("End")
    expect(page.get_by_role("menuitem", name="Sign out")).to_be_focused()
    press("Enter")
    visitor.wait_for_path("/")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element with this name has the focus."""
    for _ in range(40):
        focused = page.locator("*:focus")
        if focused.count() and name in {focused.get_attribute("aria-label"), label(page)}:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {name!r}")


def label(page: Page) -> str:
    return str(
        page.evaluate(
            "document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent"
        )
    )


@once
def test_the_chosen_theme_is_saved(visit: Visit, site: Site):
    visitor = visit(site, color_scheme="light")
    page = visitor.goto("/")
    light = background(page)
    visitor.button("Appearance").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(page.locator("body")).not_to_have_css("background-color", light)
    expect(page.locator("html")).to_have_class("dark")
    dark = background(page)
    visitor.goto("/sign-in")
    assert background(page) == dark


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


@once
def test_forbidden_page_behaviour_is_detected(visit: Visit, site: Site):
    """Otherwise the other tests would not detect it either."""
    visitor = visit(site)
    page = visitor.goto("/")
    page.evaluate("console.error('a complaint')")
    page.evaluate("fetch('https://elsewhere.example/').catch(() => {})")
    page.evaluate("document.body.innerHTML = '<img src=x: onerror=1>'")
    page.evaluate("setTimeout(() => { throw new Error('thrown') })")
    for sign in ("a complaint", "connect-src", "script-src", "uncaught: "):
        # Playwright delivers events of a page only while the test calls the page.
        wait_until(lambda sign=sign: bool(page.title() or 1) and sign in str(visitor.errors))
    visitor.errors.clear()
