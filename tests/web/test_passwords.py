"""Forgotten passwords, changes of the password, and sessions on other devices."""

import re

from playwright.sync_api import expect
from support.browser import Site, Visit, Visitor, once
from support.processes import PASSWORD, Person, wait_until

NEW_PASSWORD = "another horse battery staple"


def test_a_forgotten_password_is_replaced_by_a_link(visit: Visit, site: Site, alice: Person):
    visitor = visit(site)
    page = visitor.goto("/sign-in")
    page.get_by_role("link", name="Forgot your password?").click()
    visitor.wait_for_path("/forgot-password")
    page.get_by_label("E-mail").fill(alice.email)
    visitor.button("Send a link").click()
    expect(page.get_by_role("status")).to_contain_text("a message with a link is on its way")
    pattern = rf'of "{alice.email}", open {site.url}(\S+) within'
    wait_until(lambda: re.search(pattern, site.web.log) is not None)
    [path] = re.findall(pattern, site.web.log)
    visitor.goto(path)
    visitor.expect_error("status of 400")
    page.get_by_label("New password").fill("qwertyuiop")
    visitor.button("Save password").click()
    notice = page.get_by_role("main").get_by_role("alert")
    expect(notice).to_contain_text("one of the most common ones")
    page.get_by_label("New password").fill(NEW_PASSWORD)
    visitor.button("Save password").click()
    visitor.wait_for_path("/sign-in")
    visitor.sign_in(alice.email, NEW_PASSWORD)
    visitor.wait_for_path("/dashboard")
    visitor.goto(path)
    page.get_by_label("New password").fill(PASSWORD)
    visitor.button("Save password").click()
    expect(notice).to_contain_text("This link has expired or was used already.")


@once
def test_the_password_can_be_changed(visit: Visit, site: Site, alice: Person, at: Visitor):
    page = at.goto("/settings")
    at.expect_error("status of 400")
    page.get_by_label("Current password").fill("not the password")
    page.get_by_label("New password").fill(NEW_PASSWORD)
    at.button("Change password").click()
    expect(page.get_by_text("The password is incorrect.")).to_be_visible()
    page.get_by_label("Current password").fill(PASSWORD)
    at.button("Change password").click()
    expect(page.get_by_text("Password changed.")).to_be_visible()
    visitor = visit(site)
    visitor.goto("/sign-in")
    visitor.sign_in(alice.email, NEW_PASSWORD)
    visitor.wait_for_path("/dashboard")


@once
def test_sessions_are_listed_and_can_be_ended(visit: Visit, site: Site, alice: Person, at: Visitor):
    firefox = "Mozilla/5.0 (Windows NT 10.0; rv:144.0) Gecko/20100101 Firefox/144.0"
    other = visit(site, user_agent=firefox)
    other.goto("/sign-in")
    other.sign_in(alice.email)
    other.wait_for_path("/dashboard")
    page = at.goto("/settings")
    sessions = page.get_by_role("main").get_by_role("listitem")
    expect(sessions).to_have_count(2)
    expect(sessions.first).to_contain_text("This device")
    expect(sessions.last).to_contain_text("Firefox on Windows")
    sessions.last.get_by_role("button").click()
    expect(sessions).to_have_count(1)
    other.goto("/dashboard")
    other.wait_for_path("/sign-in")


@once
def test_too_many_attempts_are_explained(visit: Visit, site: Site, alice: Person):
    visitor = visit(site)
    page = visitor.goto("/sign-in")
    visitor.expect_error("status of 429")
    error = '{"code": "TOO_MANY_ATTEMPTS", "message": "", "retryAfter": 840}'
    page.route(
        "**/sign-in/email",
        lambda route: route.fulfill(status=429, content_type="application/json", body=error),
    )
    visitor.sign_in(alice.email)
    expect(page.get_by_text("Too many attempts. Try again in 14 minutes.")).to_be_visible()
