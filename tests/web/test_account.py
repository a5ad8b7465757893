"""Signing up, in and out, and the settings of an account."""

import secrets

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine, text
from support.browser import HYDRATED, Site, Visit, Visitor, once, running_site
from support.client import problem, serving
from support.processes import Issuer, NewDatabase, Person, wait_until

from config import from_env


def new_email() -> str:
    return f"{secrets.token_hex(8)}@example.com"


def sign_out(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name="Account menu of ").click()
    visitor.page.get_by_role("menuitem", name="Sign out").click()
    visitor.wait_for_path("/")


def test_sign_up_sign_out_and_sign_in(visit: Visit, site: Site):
    visitor, email = visit(site), new_email()
    visitor.goto("/").get_by_role("link", name="Sign up").click()
    visitor.sign_up("Ada Lovelace", email)
    visitor.wait_for_path("/dashboard")
    expect(visitor.button("Account menu of Ada Lovelace")).to_be_visible()
    sign_out(visitor)
    visitor.goto("/dashboard")
    visitor.wait_for_path("/sign-in")
    visitor.sign_in(email)
    visitor.wait_for_path("/dashboard")


@once
def test_forms_show_validation_and_server_errors(visit: Visit, site: Site, alice: Person):
    visitor = visit(site)
    page = visitor.goto("/sign-in")
    visitor.button("Sign in").click()
    expect(page.get_by_text("Enter your password.")).to_be_visible()
    visitor.expect_error("status of 401")
    visitor.sign_in(alice.email, "not the password")
    expect(page.get_by_text("The e-mail address or password is incorrect.")).to_be_visible()
    page = visitor.goto("/sign-up")
    visitor.expect_error("status of 422")
    visitor.sign_up("Alice", alice.email)
    expect(page.get_by_text("An account with this e-mail address already exists.")).to_be_visible()


@once
def test_signed_in_users_are_redirected_from_the_forms(at: Visitor):
    for path in ("/sign-in", "/sign-up"):
        at.goto(path)
        at.wait_for_path("/dashboard")


@once
@pytest.mark.parametrize(
    ("next_path", "expected"),
    [
        ("/settings", "/settings"),
        ("https://evil.example/", "/dashboard"),
        ("//evil.example/", "/dashboard"),
    ],
)
def test_a_sign_in_leads_to_the_next_page_if_it_is_on_this_site(
    visit: Visit, site: Site, alice: Person, next_path: str, expected: str
):
    visitor = visit(site)
    visitor.goto(f"/sign-in?next={next_path}")
    visitor.sign_in(alice.email)
    visitor.wait_for_path(expected)


def test_users_never_see_each_others_data(visit: Visit, site: Site):
    people = [site.sign_up(name) for name in ("Alice", "Bob")]
    clients = [site.client(person) for person in people]
    for client in clients:
        client.make("/tasks", title=f"A task of {client.person.name}")
        client.make("/tags", name=f"tag of {client.person.name}")
    for client, stranger in zip(clients, reversed(clients), strict=True):
        visitor = visit(site, client.person)
        page = visitor.goto("/dashboard")
        expect(page.get_by_text(f"A task of {client.person.name}")).to_be_visible()
        expect(page.get_by_text(f"A task of {stranger.person.name}")).to_have_count(0)
        page = visitor.goto("/tags")
        expect(page.get_by_text(f"tag of {client.person.name}")).to_be_visible()
        expect(page.get_by_text(f"tag of {stranger.person.name}")).to_have_count(0)
        for path in ("/tasks", "/tags", "/tasks/export"):
            answer = client.ask("GET", path, of=stranger.person)
            assert problem(403, answer) == "user_mismatch"


@once
def test_a_new_name_is_shown_and_saved(at: Visitor):
    page = at.goto("/settings")
    page.get_by_label("Name").fill("Countess of Lovelace")
    at.button("Save name").click()
    expect(at.button("Account menu of Countess of Lovelace")).to_be_visible()
    at.goto("/settings")
    expect(page.get_by_label("Name")).to_have_value("Countess of Lovelace")


def test_signing_out_everywhere_ends_the_other_browser_too(
    visit: Visit, site: Site, alice: Person, at: Visitor
):
    other = visit(site)
    other.goto("/sign-in")
    other.sign_in(alice.email)
    other.wait_for_path("/dashboard")
    at.goto("/settings")
    at.button("Sign out everywhere").click()
    at.wait_for_path("/sign-in")
    other.goto("/dashboard")
    other.wait_for_path("/sign-in")


@once
@pytest.mark.parametrize("way", ["sign out", "sign out everywhere"])
def test_signing_out_in_one_tab_ends_the_other_tabs(at: Visitor, way: str):
    """The other tab has a token in memory, with which it could go on for minutes."""
    at.goto("/tags")
    other = at.context.new_page()
    other.goto(f"{at.site.url}/dashboard?status=done")
    expect(other.get_by_role("heading", name="Your tasks")).to_be_visible()
    other.wait_for_function(HYDRATED)
    if way == "sign out":
        sign_out(at)
    else:
        at.goto("/settings")
        at.button("Sign out everywhere").click()
        at.wait_for_path("/sign-in")
    other.wait_for_url(f"{at.site.url}/sign-in?next=%2Fdashboard%3Fstatus%3Ddone")


@once
def test_a_service_that_does_not_know_the_account_is_named_without_a_reload(
    visit: Visit, database_kind: str, new_database: NewDatabase
):
    """The front end and the service use different databases by mistake."""
    other_database = new_database(database_kind)
    with Issuer(other_database) as issuer, serving(issuer):
        pass
    settings = {"DATABASE_URL": other_database}
    with running_site(new_database(database_kind), service_settings=settings) as site:
        visitor = visit(site, site.sign_up("Alice"))
        visitor.expect_error("status of 401")
        visits: list[str] = []
        visitor.page.on(
            "request",
            lambda request: request.is_navigation_request() and visits.append(request.url),
        )
        page = visitor.goto("/tags")
        notice = page.get_by_role("main").get_by_role("alert")
        expect(notice).to_contain_text("The task service does not know your account")
        visitor.settle()
        assert visits == [f"{site.url}/tags"]


@once
def test_another_name_of_this_machine_leads_to_the_address_of_the_site(visit: Visit, site: Site):
    """Better Auth refuses sign-ins from a page at another origin."""
    visitor, email = visit(site), new_email()
    alias = site.url.replace("127.0.0.1", "localhost")
    visitor.expect_error(f"a request to {alias}/sign-up")
    visitor.page.goto(f"{alias}/sign-up?next=%2Ftags")
    assert visitor.page.url == f"{site.url}/sign-up?next=%2Ftags"
    visitor.page.wait_for_function(HYDRATED)
    visitor.sign_up("Ada", email)
    visitor.wait_for_path("/tags")


def test_deleting_an_account_deletes_its_tasks_and_tags(site: Site, alice: Person, at: Visitor):
    client = site.client(alice)
    client.make("/tasks", title="Gone soon", tag_ids=[client.make("/tags", name="gone")["id"]])
    assert rows_of(site, alice) == {"tasks": 1, "tags": 1}
    page = at.goto("/settings")
    at.button("Delete account").click()
    dialog = page.get_by_role("dialog", name="Delete your account?")
    at.expect_error("status of 400")
    dialog.get_by_label("Password").fill("not the password")
    dialog.get_by_role("button", name="Delete account and tasks").click()
    expect(dialog.get_by_text("The password is incorrect.")).to_be_visible()
    dialog.get_by_label("Password").fill(alice.password)
    dialog.get_by_role("button", name="Delete account and tasks").click()
    at.wait_for_path("/")
    wait_until(lambda: rows_of(site, alice) == {"tasks": 0, "tags": 0})
    assert problem(401, client.ask("GET", "/tasks")) == "user_unknown"


def rows_of(site: Site, person: Person) -> dict[str, int]:
    """Return the number of tasks and tags of a person in the database."""
    engine = create_engine(str(from_env(site.service.env)["SQLALCHEMY_DATABASE_URI"]))
    count = "SELECT count(*) FROM {} WHERE CAST(user_id AS VARCHAR(36)) = :uuid"
    with engine.connect() as connection:
        rows = {
            name: connection.scalar(text(count.format(name)), {"uuid": person.uuid})
            for name in ("tasks", "tags")
        }
    engine.dispose()
    return rows
