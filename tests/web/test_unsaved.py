"""Text that was typed and not saved is kept; rows, phones and deleted tasks."""

import pytest
from playwright.sync_api import Page, expect
from support.browser import PHONE, Site, Visit, Visitor, once
from support.processes import Person


def open_task(at: Visitor, title: str) -> Page:
    page = at.goto("/dashboard")
    page.get_by_role("button", name=title, exact=True).click()
    expect(page.get_by_role("dialog", name="Edit task")).to_be_visible()
    return page


@once
@pytest.mark.parametrize("way", ["reload", "back", "session"])
def test_an_edit_is_kept_until_it_is_saved(site: Site, alice: Person, at: Visitor, way: str):
    site.client(alice).make("/tasks", title="Book the train", description="before")
    at.goto("/tags")
    page = open_task(at, "Book the train")
    dialog = page.get_by_role("dialog", name="Edit task")
    dialog.get_by_label("Description").fill("A long note")
    dialog.get_by_label("Priority").select_option("High")
    if way == "reload":
        page.reload()
    elif way == "back":
        page.go_back()
        at.wait_for_path("/tags")
        page.go_forward()
    else:
        at.expect_error("status of 401")
        site.web.sign_out(alice)
        page.route("**/backend/**", lambda route: route.fulfill(status=401, body="{}"))
        page.route("**/api/auth/token", lambda route: route.fulfill(status=401, body="{}"))
        dialog.get_by_role("button", name="Save").click()
        at.wait_for_path("/sign-in")
        page.unroute_all()
        at.sign_in(alice.email)
    at.wait_for_path("/dashboard")
    expect(dialog.get_by_label("Description")).to_have_value("A long note")
    expect(dialog.get_by_label("Priority")).to_have_value("high")
    expect(dialog.get_by_label("Title")).to_have_value("Book the train")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("A long note")).to_be_visible()
    page.reload()
    at.settle()
    expect(page.get_by_role("dialog")).to_have_count(0)


@once
def test_a_discarded_edit_is_forgotten(site: Site, alice: Person, at: Visitor):
    site.client(alice).make("/tasks", title="Book the train")
    page = open_task(at, "Book the train")
    dialog = page.get_by_role("dialog", name="Edit task")
    dialog.get_by_label("Description").fill("A long note")
    dialog.get_by_role("button", name="Cancel").click()
    dialog.get_by_role("button", name="Discard changes").click()
    expect(dialog).to_have_count(0)
    page.reload()
    at.settle()
    expect(page.get_by_role("dialog")).to_have_count(0)


@once
def test_a_new_task_and_half_a_line_are_kept(visit: Visit, site: Site, at: Visitor):
    page = at.goto("/dashboard")
    page.get_by_label("New task").fill("Half a li")
    page.reload()
    expect(page.get_by_label("New task")).to_have_value("Half a li")
    at.button("Add with details").click()
    dialog = page.get_by_role("dialog", name="New task")
    dialog.get_by_label("Description").fill("Details")
    page.reload()
    expect(dialog.get_by_label("Title")).to_have_value("Half a li")
    expect(dialog.get_by_label("Description")).to_have_value("Details")
    # Another user in the same tab does not get it.
    bob = site.sign_up("Bob")
    at.become(bob)
    at.goto("/dashboard")
    at.settle()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("New task")).to_have_value("")


@once
def test_an_edit_of_a_deleted_task_can_be_saved_as_a_new_task(
    site: Site, alice: Person, at: Visitor
):
    client = site.client(alice)
    task = client.make("/tasks", title="Book the train")
    page = open_task(at, "Book the train")
    dialog = page.get_by_role("dialog", name="Edit task")
    dialog.get_by_label("Description").fill("A long note")
    assert client.ask("DELETE", f"/tasks/{task['id']}").status_code == 204
    at.expect_error("status of 404")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("This task was deleted in another tab")
    dialog.get_by_role("button", name="Save as a new task").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("A long note")).to_be_visible()
    [kept] = client.read("/tasks")["items"]
    assert (kept["title"], kept["description"]) == ("Book the train", "A long note")
    assert kept["id"] != task["id"]


@once
def test_a_click_on_a_row_opens_its_task(site: Site, alice: Person, at: Visitor):
    site.client(alice).make("/tasks", title="Gym", priority="high")
    page = at.goto("/dashboard")
    row = page.locator("[data-task]")
    row.click(position={"x": 600, "y": 20})
    expect(page.get_by_role("dialog", name="Edit task")).to_be_visible()
    page.keyboard.press("Escape")
    row.get_by_text("High").click(force=True)  # the title button covers the row
    expect(page.get_by_role("dialog", name="Edit task")).to_be_visible()
    page.keyboard.press("Escape")
    at.button("Complete “Gym”").click()
    expect(row).to_have_count(0)


@once
def test_a_phone_shows_tasks_without_scrolling(visit: Visit, site: Site, alice: Person):
    client = site.client(alice)
    for number in range(3):
        client.make("/tasks", title=f"Task {number}")
    visitor = visit(site, alice, viewport=PHONE)
    page = visitor.goto("/dashboard")
    visitor.settle()
    box = page.locator("[data-task]").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 600


@once
def test_the_button_of_a_message_stays_on_one_line(site: Site, alice: Person, at: Visitor):
    page = at.goto("/dashboard?priority=high")
    page.get_by_label("New task").fill("A task with a title that is rather long " * 3)
    page.keyboard.press("Enter")
    button = page.locator("[data-sonner-toast]").get_by_role("button", name="Clear filters")
    expect(button).to_be_visible()
    box = button.bounding_box()
    assert box is not None
    assert box["height"] < 30
