"""People sign up, in and out, and look after their accounts."""

import secrets

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine, text
from support.browser import Site, Visit, Visitor, once
from support.client import problem
from support.processes import Person, wait_until

from config import from_env


def address() -> str:
    return f"{secrets.token_hex(8)}@example.com"


def sign_out(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name="Account of ").click()
    visitor.page.get_by_role("menuitem", name="Sign out").click()
    visitor.is_at("/")


def test_somebody_signs_up_out_and_in_again(visit: Visit, site: Site):
    visitor, email = visit(site), address()
    visitor.goto("/").get_by_role("link", name="Sign up").click()
    visitor.sign_up("Ada Lovelace", email)
    visitor.is_at("/dashboard")
    expect(visitor.button("Account of Ada Lovelace")).to_be_visible()
    sign_out(visitor)
    visitor.goto("/dashboard")
    visitor.is_at("/sign-in")
    visitor.sign_in(email)
    visitor.is_at("/dashboard")


@once
def test_a_form_says_in_words_what_is_wrong(visit: Visit, site: Site, alice: Person):
    visitor = visit(site)
    page = visitor.goto("/sign-in")
    visitor.button("Sign in").click()
    expect(page.get_by_text("Enter your password.")).to_be_visible()
    visitor.expect_fault("status of 401")
    visitor.sign_in(alice.email, "not the password")
    expect(page.get_by_text("The e-mail address or the password is wrong.")).to_be_visible()
    page = visitor.goto("/sign-up")
    visitor.expect_fault("status of 422")
    visitor.sign_up("Alice", alice.email)
    expect(page.get_by_text("There is an account with this e-mail address.")).to_be_visible()


@once
def test_whoever_is_signed_in_is_led_past_the_forms(at: Visitor):
    for path in ("/sign-in", "/sign-up"):
        at.goto(path)
        at.is_at("/dashboard")


@once
@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/settings", "/settings"),
        ("https://evil.example/", "/dashboard"),
        ("//evil.example/", "/dashboard"),
    ],
)
def test_a_sign_in_leads_on_to_where_one_wanted(
    visit: Visit, site: Site, alice: Person, wanted: str, reached: str
):
    visitor = visit(site)
    visitor.goto(f"/sign-in?next={wanted}")
    visitor.sign_in(alice.email)
    visitor.is_at(reached)


def test_two_people_never_see_each_others_data(visit: Visit, site: Site):
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
def test_a_new_name_is_shown_and_kept(at: Visitor):
    page = at.goto("/settings")
    page.get_by_label("Name").fill("Countess of Lovelace")
    at.button("Save the name").click()
    expect(at.button("Account of Countess of Lovelace")).to_be_visible()
    at.goto("/settings")
    expect(page.get_by_label("Name")).to_have_value("Countess of Lovelace")


def test_signing_out_everywhere_ends_the_other_browser_too(
    visit: Visit, site: Site, alice: Person, at: Visitor
):
    other = visit(site)
    other.goto("/sign-in")
    other.sign_in(alice.email)
    other.is_at("/dashboard")
    at.goto("/settings")
    at.button("Sign out everywhere").click()
    at.is_at("/sign-in")
    other.goto("/dashboard")
    other.is_at("/sign-in")


def test_a_deleted_account_takes_its_tasks_along(site: Site, alice: Person, at: Visitor):
    client = site.client(alice)
    client.make("/tasks", title="Gone soon", tag_ids=[client.make("/tags", name="gone")["id"]])
    assert rows_of(site, alice) == {"tasks": 1, "tags": 1}
    page = at.goto("/settings")
    at.button("Delete the account").click()
    dialog = page.get_by_role("dialog", name="Delete the account?")
    at.expect_fault("status of 400")
    dialog.get_by_label("Your password").fill("not the password")
    dialog.get_by_role("button", name="Delete it and all tasks").click()
    expect(dialog.get_by_text("This is not your password.")).to_be_visible()
    dialog.get_by_label("Your password").fill(alice.password)
    dialog.get_by_role("button", name="Delete it and all tasks").click()
    at.is_at("/")
    wait_until(lambda: rows_of(site, alice) == {"tasks": 0, "tags": 0})
    assert problem(401, client.ask("GET", "/tasks")) == "user_unknown"


def rows_of(site: Site, person: Person) -> dict[str, int]:
    """Return how many tasks and tags of a person the database has."""
    engine = create_engine(str(from_env(site.service.env)["SQLALCHEMY_DATABASE_URI"]))
    count = "SELECT count(*) FROM {} WHERE CAST(user_id AS VARCHAR(36)) = :uuid"
    with engine.connect() as connection:
        rows = {
            name: connection.scalar(text(count.format(name)), {"uuid": person.uuid})
            for name in ("tasks", "tags")
        }
    engine.dispose()
    return rows
