"""The tasks of a person: written down, found, changed, put in order and taken back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Request, Route, expect
from support.browser import PHONE, Site, Visit, Visitor, once
from support.client import Client
from support.processes import Person, wait_until

# Of the rows; the title of a toast has the same mark.
TITLES = "main [data-title]"


@pytest.fixture
def client(site: Site, alice: Person) -> Client:
    """Alice at the service, without a browser."""
    return site.client(alice)


def row(visitor: Visitor, title: str) -> Locator:
    tasks = visitor.page.get_by_role("list", name="Tasks")
    return tasks.get_by_role("listitem").filter(
        has=visitor.page.get_by_role("button", name=title, exact=True)
    )


def titles(visitor: Visitor) -> list[str]:
    return visitor.page.locator(TITLES).all_text_contents()


def shows(visitor: Visitor, *expected: str) -> None:
    """Wait until the list is that of these titles, in this order."""
    expect(visitor.page.locator(TITLES)).to_have_text(list(expected))


def make(client: Client, *names: str) -> list[dict[str, Any]]:
    """Make tasks; the last is the first of the list."""
    return [client.make("/tasks", title=name) for name in names]


def test_a_task_is_written_down_completed_and_reopened(at: Visitor, client: Client):
    page = at.goto("/dashboard")
    expect(page.get_by_role("heading", name="No tasks yet")).to_be_visible()
    page.get_by_label("New task").fill("Water the tomatoes")
    page.keyboard.press("Enter")
    shows(at, "Water the tomatoes")
    at.button("Done: Water the tomatoes").click()
    expect(page.get_by_role("heading", name="Nothing left to do")).to_be_visible()
    wait_until(lambda: client.read("/tasks")["items"][0]["completed"])
    at.button("Undo").click()
    shows(at, "Water the tomatoes")
    wait_until(lambda: not client.read("/tasks")["items"][0]["completed"])
    at.goto("/dashboard")
    shows(at, "Water the tomatoes")


def test_every_field_survives_a_reload_and_another_time_zone(
    visit: Visit, site: Site, alice: Person, client: Client
):
    client.make("/tags", name="Home")
    berlin = visit(site, alice, timezone_id="Europe/Berlin")
    page = berlin.goto("/dashboard")
    page.get_by_label("New task").fill("Paint the fence")
    page.get_by_role("button", name="Add with details").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Title")).to_have_value("Paint the fence")
    dialog.get_by_label("Description").fill("Two coats.\n“Oak”, not “Pine”.")
    dialog.get_by_label("Priority").select_option("high")
    dialog.get_by_label("Due on").fill("2027-03-28")
    dialog.get_by_label("At").fill("01:30")  # an hour before the clocks go forward
    dialog.get_by_text("Home", exact=True).click()
    dialog.get_by_role("textbox", name="Tags").fill("Garden")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_role("checkbox", name="Garden")).to_be_checked()
    dialog.locator("button[type=submit]").click()
    shows(berlin, "Paint the fence")
    (task,) = client.read("/tasks")["items"]
    assert task["description"] == "Two coats.\n“Oak”, not “Pine”."
    assert task["priority"] == "high"
    assert task["due_date"] == "2027-03-28T00:30:00Z"
    assert {tag["name"] for tag in task["tags"]} == {"Home", "Garden"}

    for zone, date, time in (
        ("Europe/Berlin", "2027-03-28", "01:30"),
        ("America/New_York", "2027-03-27", "20:30"),
        ("Asia/Kolkata", "2027-03-28", "06:00"),
    ):
        visitor = visit(site, alice, timezone_id=zone)
        page = visitor.goto("/dashboard")
        visitor.button("Paint the fence").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_label("Description")).to_have_value(task["description"])
        expect(dialog.get_by_label("Priority")).to_have_value("high")
        expect(dialog.get_by_label("Due on")).to_have_value(date)
        expect(dialog.get_by_label("At")).to_have_value(time)
        dialog.get_by_label("Title").fill(f"Seen from {zone}")
        dialog.get_by_role("button", name="Save", exact=True).click()
        shows(visitor, f"Seen from {zone}")
        (seen,) = client.read("/tasks")["items"]
        assert seen["due_date"] == task["due_date"]
        client.ask("PATCH", f"/tasks/{task['id']}", json={"title": "Paint the fence"})


def test_a_deleted_task_can_be_taken_back_and_else_goes(at: Visitor, client: Client):
    make(client, "Keep", "Drop")
    at.goto("/dashboard")
    for title, undo in (("Keep", True), ("Drop", False)):
        at.button(f"More for “{title}”").click()
        at.page.get_by_role("menuitem", name="Delete").click()
        expect(row(at, title)).to_have_count(0)
        if undo:
            at.button("Undo").click()
            expect(row(at, title)).to_be_visible()
    assert client.read("/tasks")["total"] == 2
    at.goto("/tags")  # whoever leaves has meant it
    wait_until(lambda: [task["title"] for task in client.read("/tasks")["items"]] == ["Keep"])


@pytest.fixture
def week(client: Client) -> None:
    """Tasks that differ in all that one can filter and sort by."""
    home, work = (client.make("/tags", name=name)["id"] for name in ("Home", "Work"))
    client.make("/tasks", title="Bake", priority="low", tag_ids=[home])
    client.make("/tasks", title="Audit", priority="high", tag_ids=[work, home])
    client.make("/tasks", title="Call", due_date="2020-01-01T12:00:00Z")
    client.make("/tasks", title="Done", completed=True, due_date="2020-01-01T12:00:00Z")


def choose(label: str) -> Callable[[Visitor], None]:
    def act(visitor: Visitor) -> None:
        visitor.button("Filter").click()
        popover = visitor.page.get_by_role("dialog", name="Filter the tasks")
        popover.get_by_text(label, exact=True).first.click()
        visitor.page.keyboard.press("Escape")

    return act


def sort(value: str) -> Callable[[Visitor], None]:
    return lambda visitor: visitor.page.get_by_label("Sort by").select_option(value) and None


def press(name: str) -> Callable[[Visitor], None]:
    return lambda visitor: visitor.button(name).click()


def search(words: str) -> Callable[[Visitor], None]:
    return lambda visitor: visitor.page.get_by_label("Search tasks").fill(words)


VIEWS: list[tuple[Callable[[Visitor], None], str, list[str]]] = [
    (press("All"), "status=all", ["Done", "Call", "Audit", "Bake"]),
    (press("Done"), "status=completed", ["Done"]),
    (choose("High"), "priority=high", ["Audit"]),
    (choose("None"), "priority=none", ["Call"]),
    (choose("Overdue"), "due=overdue", ["Call"]),
    (choose("No due date"), "due=none", ["Audit", "Bake"]),
    (choose("Work"), "tag=", ["Audit"]),
    (choose("Untagged"), "tag=none", ["Call"]),
    (search("aU"), "q=aU", ["Audit"]),
    (sort("title"), "sort=title", ["Audit", "Bake", "Call"]),
    (sort("due_date"), "sort=due_date", ["Call", "Bake", "Audit"]),
    (sort("priority"), "sort=priority", ["Audit", "Bake", "Call"]),
    (sort("created_at"), "sort=created_at", ["Call", "Audit", "Bake"]),
]


def test_each_filter_and_order_is_in_the_address(at: Visitor, week: None):
    """So that it survives a reload, and can be sent to oneself."""
    for act, query, expected in VIEWS:
        page = at.goto("/dashboard")
        shows(at, "Call", "Audit", "Bake")
        act(at)
        page.wait_for_url(f"**/dashboard?*{query}*")
        shows(at, *expected)
        page.reload()
        shows(at, *expected)


@once
def test_what_is_due_is_found_by_day_and_week_in_both_directions(at: Visitor, client: Client):
    now = datetime.now(UTC)
    for title, days in (("Now", 0), ("Soon", 3), ("Later", 10)):
        client.make("/tasks", title=title, due_date=(now + timedelta(days=days)).isoformat())
    at.goto("/dashboard?due=today")
    shows(at, "Now")
    at.goto("/dashboard?due=week&sort=due_date")
    shows(at, "Now", "Soon")
    at.goto("/dashboard?sort=due_date&order=desc")
    shows(at, "Later", "Soon", "Now")


@once
def test_tags_of_a_filter_are_any_or_all(at: Visitor, week: None, client: Client):
    page = at.goto("/dashboard?tag=Home&tag=Work")
    shows(at, "Audit", "Bake")
    at.goto("/dashboard?tag=Home&tag=Work&match=all")
    shows(at, "Audit")
    page.get_by_role("button", name="Clear all").click()
    shows(at, "Call", "Audit", "Bake")


@once
def test_the_back_button_leads_to_the_view_before(at: Visitor, week: None):
    page = at.goto("/dashboard")
    shows(at, "Call", "Audit", "Bake")
    at.button("All").click()
    shows(at, "Done", "Call", "Audit", "Bake")
    page.go_back()
    shows(at, "Call", "Audit", "Bake")


@once
def test_when_nothing_matches_the_way_out_is_offered(at: Visitor, week: None):
    page = at.goto("/dashboard?q=nothing+like+this")
    expect(page.get_by_role("heading", name="No task matches")).to_be_visible()
    at.button("Clear the filters").click()
    shows(at, "Call", "Audit", "Bake")


def test_many_tasks_are_changed_at_once(at: Visitor, client: Client):
    make(client, "One", "Two", "Three")
    page = at.goto("/dashboard")
    at.button("Select").click()
    for title in ("One", "Three"):
        page.get_by_label(f"Select “{title}”").check()
    bar = page.get_by_role("region", name="Selected tasks")
    bar.get_by_role("button", name="Priority").click()
    page.get_by_role("menuitem", name="High").click()
    wait_until(lambda: priorities(client) == {"One": "high", "Two": None, "Three": "high"})
    expect(bar.get_by_role("button", name="Priority")).to_be_focused()
    bar.get_by_role("button", name="Complete").click()
    shows(at, "Two")
    assert client.read("/tasks?status=completed")["total"] == 2


@pytest.fixture
def chores(client: Client) -> dict[str, str]:
    """Tasks of different priorities, some tagged; returns their ids by title."""
    home, work = (client.make("/tags", name=name)["id"] for name in ("Home", "Work"))
    tasks = [
        client.make("/tasks", title="Sweep", priority="low", tag_ids=[home]),
        client.make("/tasks", title="Plan", tag_ids=[work, home]),
        client.make("/tasks", title="Cook", priority="high"),
        client.make("/tasks", title="Iron", priority="low"),
    ]
    return {task["title"]: task["id"] for task in tasks}


def select_all(visitor: Visitor) -> Locator:
    """Open the list and select all of it; return the bar of what can be done."""
    visitor.goto("/dashboard")
    shows(visitor, "Iron", "Cook", "Plan", "Sweep")
    visitor.button("Select").click()
    visitor.button("Select all 4 shown").click()
    return visitor.page.get_by_role("region", name="Selected tasks")


def pick(visitor: Visitor, bar: Locator, menu: str, item: str) -> None:
    bar.get_by_role("button", name=menu).click()
    visitor.page.get_by_role("menuitem", name=item).click()


def tags(client: Client) -> dict[str, set[str]]:
    tasks = client.read("/tasks")["items"]
    return {task["title"]: {tag["name"] for tag in task["tags"]} for task in tasks}


def marks(visitor: Visitor, title: str) -> Locator:
    return row(visitor, title).locator("[data-badges] > *")


FORMER_PRIORITIES = {"Sweep": "low", "Plan": None, "Cook": "high", "Iron": "low"}
FORMER_TAGS = {"Sweep": {"Home"}, "Plan": {"Home", "Work"}, "Cook": set(), "Iron": set()}


def test_a_priority_set_at_once_is_taken_back_to_each_former_one(
    at: Visitor, client: Client, chores: dict[str, str]
):
    bar = select_all(at)
    pick(at, bar, "Priority", "Medium")
    expect(at.page.get_by_text("4 tasks given another priority.")).to_be_visible()
    assert set(priorities(client).values()) == {"medium"}
    at.button("Undo").click()
    wait_until(lambda: priorities(client) == FORMER_PRIORITIES)
    at.goto("/dashboard")
    for title, name in (("Sweep", "Low"), ("Cook", "High"), ("Iron", "Low")):
        expect(marks(at, title).first).to_have_text(f"{name} priority")
    expect(marks(at, "Plan")).to_have_text(["Home", "Work"])


def test_a_tag_added_or_removed_at_once_is_taken_back_where_it_was_not_or_was(
    at: Visitor, client: Client, chores: dict[str, str]
):
    bar = select_all(at)
    for action, said, title, then, before in (
        ("Add tag", "2 tasks tagged.", "Iron", ["Low priority", "Home"], ["Low priority"]),
        ("Remove tag", "2 tasks untagged.", "Plan", ["Work"], ["Home", "Work"]),
    ):
        pick(at, bar, action, "Home")
        expect(at.page.get_by_text(said)).to_be_visible()
        expect(marks(at, title)).to_have_text(then)
        at.button("Undo").click()
        expect(marks(at, title)).to_have_text(before)
        assert tags(client) == FORMER_TAGS
    at.goto("/dashboard")
    expect(marks(at, "Plan")).to_have_text(["Home", "Work"])
    expect(marks(at, "Iron")).to_have_text(["Low priority"])


@once
def test_what_is_left_of_an_undo_is_said_and_tried_again(
    at: Visitor, client: Client, chores: dict[str, str]
):
    pick(at, select_all(at), "Priority", "Medium")
    expect(at.button("Undo")).to_be_visible()

    def refuse_low(route: Route, request: Request) -> None:
        if request.post_data_json["priority"] == "low":
            route.abort()
        else:
            route.continue_()

    at.page.route("**/tasks/bulk", refuse_low)
    at.expect_fault("ERR_FAILED")
    at.button("Undo").click()
    expect(at.page.get_by_text("Only a part was undone. The task service is")).to_be_visible()
    assert priorities(client) == FORMER_PRIORITIES | {"Sweep": "medium", "Iron": "medium"}
    at.page.unroute("**/tasks/bulk", refuse_low)
    at.button("Try again").click()
    wait_until(lambda: priorities(client) == FORMER_PRIORITIES)


@once
def test_tasks_that_are_gone_meanwhile_leave_the_others_to_be_changed_and_taken_back(
    at: Visitor, client: Client, chores: dict[str, str]
):
    bar = select_all(at)
    client.ask("DELETE", f"/tasks/{chores['Plan']}")
    at.expect_fault("status of 404")
    pick(at, bar, "Priority", "Medium")
    said = "3 tasks given another priority. 1 was deleted meanwhile."
    expect(at.page.get_by_text(said)).to_be_visible()
    client.ask("DELETE", f"/tasks/{chores['Iron']}")
    at.button("Undo").click()
    expect(at.page.get_by_text("Undone. 1 was deleted meanwhile.")).to_be_visible()
    assert priorities(client) == {"Sweep": "low", "Cook": "high"}


def priorities(client: Client) -> dict[str, str | None]:
    return {task["title"]: task["priority"] for task in client.read("/tasks")["items"]}


def test_tasks_are_put_in_order_by_menu_keyboard_and_pointer(at: Visitor, client: Client):
    make(client, "C", "B", "A")
    page = at.goto("/dashboard")
    shows(at, "A", "B", "C")
    at.button("More for “C”").click()
    page.get_by_role("menuitem", name="Move up").click()
    shows(at, "A", "C", "B")
    handle = at.button("Move “A”")
    handle.drag_to(at.button("Move “B”"), steps=12)
    shows(at, "C", "B", "A")
    wait_until(lambda: in_order(client) == ["C", "B", "A"])
    at.goto("/dashboard")
    shows(at, "C", "B", "A")


@once
def test_each_of_two_moves_that_fail_together_says_so(at: Visitor, client: Client):
    make(client, "D", "C", "B", "A")
    page = at.goto("/dashboard")
    shows(at, "A", "B", "C", "D")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/tasks/reorder", hold)
    for title, item in (("A", "Move down"), ("D", "Move up")):
        with page.expect_request("**/tasks/reorder"):
            at.button(f"More for “{title}”").click()
            page.get_by_role("menuitem", name=item).click()
    shows(at, "B", "A", "D", "C")
    at.expect_fault("ERR_FAILED")
    for route in held:
        route.abort()
    for title in ("A", "D"):
        said = row(at, title).get_by_role("alert")
        expect(said).to_contain_text("The task service is not answering")
    shows(at, "A", "B", "C", "D")


class Finger:
    """A finger on the screen of a phone, as Chromium takes it from the hardware."""

    def __init__(self, visitor: Visitor) -> None:
        self._session = visitor.context.new_cdp_session(visitor.page)

    def stroke(self, start: tuple[float, float], end: tuple[float, float], steps: int = 12) -> None:
        """Put it down, draw it over the screen and lift it."""
        self._send("touchStart", start)
        (x, y), (to_x, to_y) = start, end
        for step in range(1, steps + 1):
            part = step / steps
            self._send("touchMove", (x + (to_x - x) * part, y + (to_y - y) * part))
        self._send("touchEnd")

    def _send(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        event = {"type": kind, "touchPoints": touches}
        self._session.send("Input.dispatchTouchEvent", event)


def middle(element: Locator) -> tuple[float, float]:
    box = element.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@once
def test_a_finger_moves_a_task_by_its_handle_and_scrolls_the_list_elsewhere(
    visit: Visit, site: Site, alice: Person, client: Client
):
    make(client, *(f"Task {number}" for number in range(20, 0, -1)))
    at = visit(site, alice, viewport=PHONE, has_touch=True, is_mobile=True)
    page = at.goto("/dashboard")
    shows(at, *(f"Task {number}" for number in range(1, 21)))
    finger = Finger(at)

    x, y = middle(at.button("Task 1"))
    finger.stroke((x, y), (x, y - 300))
    page.wait_for_function("scrollY > 200")
    assert in_order(client)[:3] == ["Task 1", "Task 2", "Task 3"]

    at.button("Move “Task 3”").scroll_into_view_if_needed()
    scrolled = page.evaluate("scrollY")
    finger.stroke(middle(at.button("Move “Task 3”")), middle(at.button("Move “Task 5”")))
    wait_until(lambda: in_order(client)[:5] == ["Task 1", "Task 2", "Task 4", "Task 5", "Task 3"])
    assert page.evaluate("scrollY") == scrolled
    at.goto("/dashboard")
    expect(page.locator(TITLES).nth(4)).to_have_text("Task 3")


def in_order(client: Client) -> list[str]:
    tasks = client.read("/tasks?sort_by=position&order=desc")["items"]
    return [task["title"] for task in tasks]


@once
def test_the_keyboard_does_all_that_the_pointer_does(at: Visitor, client: Client):
    make(client, "Second", "First")
    page = at.goto("/dashboard")
    shows(at, "First", "Second")
    keys = page.keyboard.press
    keys("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    keys("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    keys("n")
    expect(page.get_by_label("New task")).to_be_focused()
    page.keyboard.type("Third")
    keys("Enter")
    shows(at, "Third", "First", "Second")
    page.get_by_label("New task").blur()
    keys("j")
    expect(at.button("Third")).to_be_focused()
    keys("c")
    shows(at, "First", "Second")
    expect(at.button("Undo")).to_be_visible()
    keys("u")
    shows(at, "Third", "First", "Second")
    keys("/")
    expect(page.get_by_label("Search tasks")).to_be_focused()
    page.keyboard.type("Second")
    shows(at, "Second")
    page.get_by_label("Search tasks").blur()
    keys("j")
    keys("e")
    expect(page.get_by_role("dialog", name="Edit the task")).to_be_visible()
    keys("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@once
def test_a_task_that_another_tab_changed_is_not_overwritten(at: Visitor, client: Client):
    (task,) = make(client, "Mine")
    page = at.goto("/dashboard")
    at.button("Mine").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Description").fill("from here")
    client.ask("PATCH", f"/tasks/{task['id']}", json={"title": "Theirs"})
    at.expect_fault("status of 412")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    assert client.read(f"/tasks/{task['id']}")["description"] is None


@once
def test_a_long_list_is_read_to_its_end(at: Visitor, client: Client):
    rows = [{"title": f"Task {number}"} for number in range(130)]
    client.ask("POST", "/tasks/import", json=rows)
    page = at.goto("/dashboard")
    tasks = page.locator(TITLES)
    expect(tasks.first).to_be_visible()
    while at.button("Load more").count():
        seen = tasks.count()
        at.button("Load more").click()
        expect(tasks.nth(seen)).to_be_visible()
    assert len(set(titles(at))) == 130


@once
def test_without_the_service_a_change_is_taken_back_and_said(
    site: Site, at: Visitor, client: Client
):
    make(client, "Stays")
    page = at.goto("/dashboard")
    shows(at, "Stays")
    at.expect_fault("status of 503")
    site.service.stop()
    try:
        at.button("Done: Stays").click()
        said = page.get_by_role("main").get_by_role("alert")
        expect(said.first).to_contain_text("The task service is not answering")
    finally:
        site.service.start()
    expect(row(at, "Stays")).to_be_visible()
    assert client.read("/tasks?status=active")["total"] == 1


@once
def test_offline_is_told_apart_from_a_service_that_is_down(at: Visitor, client: Client):
    make(client, "Stays")
    page = at.goto("/dashboard")
    shows(at, "Stays")
    at.expect_fault("ERR_INTERNET_DISCONNECTED")
    at.context.set_offline(True)
    at.button("Done: Stays").click()
    said = page.get_by_role("main").get_by_role("alert")
    expect(said.first).to_contain_text("You are offline")
    at.context.set_offline(False)
    said.first.get_by_role("button", name="Try again").click()
    wait_until(lambda: client.read("/tasks?status=completed")["total"] == 1)


@once
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_what_lies_over_the_dashboard(
    visit: Visit, site: Site, alice: Person, week: None, theme: str
):
    at = visit(site, alice, color_scheme=theme)
    page = at.goto("/dashboard")
    shows(at, "Call", "Audit", "Bake")
    for opener in ("Filter", "Audit", "Add with details", "Keyboard shortcuts"):
        page.get_by_role("button", name=opener, exact=True).first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert at.axe() == [], opener
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    at.button("Select").click()
    page.get_by_label("Select “Audit”").check()
    assert at.axe() == []


@once
def test_the_dashboard_works_on_a_phone(visit: Visit, site: Site, alice: Person, week: None):
    at = visit(site, alice, viewport=PHONE, has_touch=True)
    page = at.goto("/dashboard")
    shows(at, "Call", "Audit", "Bake")
    at.button("Audit").tap()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert at.overflow() == []
    page.keyboard.press("Escape")
    at.button("Select").tap()
    assert at.overflow() == []
    at.button("Filter").tap()
    assert at.overflow() == []
