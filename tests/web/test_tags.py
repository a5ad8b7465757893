"""The page of tags: creating, changing and deleting tags, and the errors at their fields."""

import pytest
from playwright.sync_api import Locator, expect
from support.browser import Site, Visit, Visitor, once
from support.processes import Person


def dialog(visitor: Visitor, name: str) -> Locator:
    return visitor.page.get_by_role("dialog", name=name)


def row(visitor: Visitor, name: str) -> Locator:
    return visitor.page.get_by_role("main").get_by_role("listitem").filter(has_text=name)


def create(visitor: Visitor, name: str) -> None:
    visitor.button("New tag").click()
    dialog(visitor, "New tag").get_by_label("Name").fill(name)
    visitor.button("Create tag").click()


def test_create_change_and_delete_a_tag(at: Visitor, site: Site, alice: Person):
    client = site.client(alice)
    page = at.goto("/tags")
    expect(page.get_by_role("heading", name="No tags yet")).to_be_visible()
    create(at, "Home")
    expect(row(at, "Home")).to_contain_text("No tasks")
    (tag,) = client.read("/tags")["items"]
    assert tag["color"] is None

    at.button("Edit Home").click()
    form = dialog(at, "Edit tag")
    form.get_by_label("Name").fill("Garden")
    form.get_by_title("Teal").click()
    expect(form.get_by_role("radio", name="Teal")).to_be_checked()
    expect(form.get_by_label("Custom colour")).to_have_value("#0f766e")
    at.button("Save tag").click()
    expect(form).to_have_count(0)
    expect(row(at, "Garden")).to_be_visible()
    expect(at.button("Edit Garden")).to_be_focused()
    assert client.read(f"/tags/{tag['id']}")["color"] == "#0f766e"

    for title in ("Rake", "Water"):
        client.make("/tasks", title=title, tag_ids=[tag["id"]])
    at.goto("/tags")
    expect(row(at, "Garden")).to_contain_text("2 tasks")
    at.button("Delete Garden").click()
    expect(dialog(at, "Delete “Garden”?")).to_contain_text("It will be removed from 2 tasks.")
    at.button("Delete tag").click()
    expect(page.get_by_role("heading", name="No tags yet")).to_be_visible()
    expect(at.button("New tag")).to_be_focused()
    assert client.read("/tasks")["total"] == 2


@once
def test_tag_errors_are_shown_at_their_fields(at: Visitor, site: Site, alice: Person):
    site.client(alice).make("/tags", name="Home")
    at.goto("/tags")
    create(at, " ")
    form = dialog(at, "New tag")
    name, color = form.get_by_label("Name"), form.get_by_label("Custom colour")
    expect(name).to_have_accessible_description("Enter a name.")
    name.fill("w" * 51)
    expect(name).to_have_accessible_description("Use at most 50 characters.")
    color.fill("teal")
    at.button("Create tag").click()
    expect(color).to_have_accessible_description("Enter a hex colour, such as #0f766e.")
    name.fill("hOME")
    color.fill("#ABC")
    at.expect_error("status of 409")
    at.button("Create tag").click()
    expect(name).to_have_accessible_description("You already have a tag “hOME”.")
    expect(name).to_be_focused()
    name.fill("Work")
    at.button("Create tag").click()
    expect(row(at, "Work")).to_be_visible()
    assert site.client(alice).read("/tags")["items"][1]["color"] == "#aabbcc"


@once
def test_deleting_a_tag_that_another_tab_has_deleted_succeeds(
    at: Visitor, site: Site, alice: Person
):
    client = site.client(alice)
    tag = client.make("/tags", name="Home")
    at.goto("/tags")
    at.button("Delete Home").click()
    client.ask("DELETE", f"/tags/{tag['id']}")
    at.expect_error("status of 404")
    at.button("Delete tag").click()
    expect(row(at, "Home")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@once
def test_axe_finds_no_problems_in_the_dialogs(visit: Visit, site: Site, alice: Person, theme: str):
    site.client(alice).make("/tags", name="Home")
    at = visit(site, alice, color_scheme=theme)
    page = at.goto("/tags")
    for name in ("New tag", "Edit Home", "Delete Home"):
        at.button(name).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert at.axe() == [], name
        page.keyboard.press("Escape")
        expect(at.button(name)).to_be_focused()
