"""The dashboard: adding, finding, changing, ordering and restoring tasks."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Route, expect
from support.browser import PHONE, Site, Visit, Visitor, once
from support.client import Client
from support.processes import Person, wait_until

# Only in the list: the title of a toast has the same attribute.
TITLES = "main [data-title]"


@pytest.fixture
def client(site: Site, alice: Person) -> Client:
    """An API client for Alice."""
    return site.client(alice)


def row(visitor: Visitor, title: str) -> Locator:
    tasks = visitor.page.get_by_role("list", name="Tasks")
    return tasks.get_by_role("listitem").filter(
        has=visitor.page.get_by_role("button", name=title, exact=True)
    )


def titles(visitor: Visitor) -> list[str]:
    return visitor.page.locator(TITLES).all_text_contents()


def expect_titles(visitor: Visitor, *expected: str) -> None:
    """Wait until the list has these titles, in this order."""
    expect(visitor.page.locator(TITLES)).to_have_text(list(expected))


def create(client: Client, *names: str) -> list[dict[str, Any]]:
    """Create tasks. The last one is the first in the list."""
    return [client.make("/tasks", title=name) for name in names]


def test_add_complete_and_reopen_a_task(at: Visitor, client: Client):
    page = at.goto("/dashboard")
    expect(page.get_by_role("heading", name="No tasks yet")).to_be_visible()
    page.get_by_label("New task").fill("Water the tomatoes")
    page.keyboard.press("Enter")
    expect_titles(at, "Water the tomatoes")
    at.button("Complete “Water the tomatoes”").click()
    expect(page.get_by_role("heading", name="Nothing left to do")).to_be_visible()
    wait_until(lambda: client.read("/tasks")["items"][0]["completed"])
    at.button("Undo").click()
    expect_titles(at, "Water the tomatoes")
    wait_until(lambda: not client.read("/tasks")["items"][0]["completed"])
    at.goto("/dashboard")
    expect_titles(at, "Water the tomatoes")


def test_every_field_is_saved_and_shown_in_other_time_zones(
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
    dialog.get_by_label("Due date").fill("2027-03-28")
    dialog.get_by_label("Due time").fill("01:30")  # an hour before the clocks go forward
    dialog.get_by_text("Home", exact=True).click()
    dialog.get_by_role("textbox", name="Tags").fill("Garden")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_role("checkbox", name="Garden")).to_be_checked()
    dialog.locator("button[type=submit]").click()
    expect_titles(berlin, "Paint the fence")
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
        expect(dialog.get_by_label("Due date")).to_have_value(date)
        expect(dialog.get_by_label("Due time")).to_have_value(time)
        dialog.get_by_label("Title").fill(f"Seen from {zone}")
        dialog.get_by_role("button", name="Save", exact=True).click()
        expect_titles(visitor, f"Seen from {zone}")
        (seen,) = client.read("/tasks")["items"]
        assert seen["due_date"] == task["due_date"]
        client.ask("PATCH", f"/tasks/{task['id']}", json={"title": "Paint the fence"})


def test_a_day_stays_the_same_day_for_a_person_who_travels(
    visit: Visit, site: Site, alice: Person, client: Client
):
    afternoon = datetime(2030, 1, 31, 20, tzinfo=UTC)  # 31 January in New York and in Berlin
    new_york = visit(site, alice, timezone_id="America/New_York")
    new_york.page.clock.set_fixed_time(afternoon)
    page = new_york.goto("/dashboard")
    page.get_by_label("New task").fill("Pack")
    page.get_by_role("button", name="Add with details").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Due date").fill("2030-01-31")
    dialog.locator("button[type=submit]").click()
    expect(row(new_york, "Pack").locator("[data-badges]")).to_have_text("Today")
    (task,) = client.read("/tasks")["items"]
    assert task["due_date"] == "2030-01-31"

    for zone, now, badge in (
        ("Europe/Berlin", afternoon, "Today"),
        ("Pacific/Kiritimati", afternoon, "Overdue: Yesterday"),
        ("Etc/GMT+12", afternoon - timedelta(hours=10), "Tomorrow"),
    ):
        visitor = visit(site, alice, timezone_id=zone)
        visitor.page.clock.set_fixed_time(now)
        page = visitor.goto("/dashboard")
        expect(row(visitor, "Pack").locator("[data-badges]")).to_have_text(badge)
        visitor.button("Pack").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_label("Due date")).to_have_value("2030-01-31")
        expect(dialog.get_by_label("Due time")).to_have_value("")
        dialog.get_by_label("Title").fill("Packed")
        dialog.get_by_role("button", name="Save", exact=True).click()
        expect_titles(visitor, "Packed")
        assert client.read(f"/tasks/{task['id']}")["due_date"] == "2030-01-31"
        client.ask("PATCH", f"/tasks/{task['id']}", json={"title": "Pack"})
        visitor.goto("/dashboard?due=today")
        expect_titles(visitor, *(["Pack"] if badge == "Today" else []))


def test_a_due_time_can_be_removed_and_added(at: Visitor, client: Client):
    task = client.make("/tasks", title="Call", due_date="2030-01-31T12:00:00Z")
    for time, due_date in (("", "2030-01-31"), ("23:59", "2030-01-31T23:59:00Z")):
        page = at.goto("/dashboard")
        at.button("Call").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Due time").fill(time)
        dialog.get_by_role("button", name="Save", exact=True).click()
        expect(dialog).to_have_count(0)
        assert client.read(f"/tasks/{task['id']}")["due_date"] == due_date


@once
def test_a_day_is_overdue_after_it_has_ended_for_the_user(
    visit: Visit, site: Site, alice: Person, client: Client
):
    # This day has always ended in Kiritimati, 26 hours before it ends in Etc/GMT+12.
    yesterday = datetime.now(ZoneInfo("Pacific/Kiritimati")).date() - timedelta(days=1)
    client.make("/tasks", title="Pack", due_date=yesterday.isoformat())
    for zone, count, shown in (("Pacific/Kiritimati", "1", ["Pack"]), ("Etc/GMT+12", "0", [])):
        visitor = visit(site, alice, timezone_id=zone)
        page = visitor.goto("/dashboard?due=overdue")
        expect_titles(visitor, *shown)
        figure = page.get_by_role("region", name="Task statistics").get_by_role("button")
        expect(figure.filter(has_text="Overdue")).to_have_text(f"{count}Overdue")


def test_a_deleted_task_comes_back_as_it_was(at: Visitor, client: Client):
    tag = client.make("/tags", name="Home")["id"]
    create(client, "Below")
    task = client.make("/tasks", title="Keep", tag_ids=[tag])
    create(client, "Above")
    at.goto("/dashboard")
    at.button("Actions for “Keep”").click()
    at.page.get_by_role("menuitem", name="Delete").click()
    expect(row(at, "Keep")).to_have_count(0)
    wait_until(lambda: client.read("/tasks")["total"] == 2)
    at.button("Undo").click()
    expect_titles(at, "Above", "Keep", "Below")
    assert client.read(f"/tasks/{task['id']}") == task


def test_several_actions_are_undone_in_a_row(at: Visitor, client: Client):
    create(client, "C", "B", "A")
    before = in_order(client)
    page = at.goto("/dashboard")
    expect_titles(at, "A", "B", "C")
    at.button("Actions for “C”").click()
    page.get_by_role("menuitem", name="Move up").click()
    expect(page.get_by_text("Moved “C”.")).to_be_visible()
    at.button("Complete “A”").click()
    expect(page.get_by_text("Completed “A”.")).to_be_visible()
    at.button("Actions for “B”").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_text("Deleted “B”.")).to_be_visible()
    expect_titles(at, "C")
    for titles_after in (["C", "B"], ["A", "C", "B"], ["A", "B", "C"]):
        page.keyboard.press("u")
        expect_titles(at, *titles_after)
    assert in_order(client) == before
    page.keyboard.press("u")
    expect(page.get_by_text("There is nothing to undo.")).to_be_visible()


def test_undo_works_quickly_and_after_the_user_has_left_the_page(at: Visitor, client: Client):
    create(client, "B", "A")
    page = at.goto("/dashboard")
    expect_titles(at, "A", "B")
    for title in ("A", "B"):
        at.button(f"Complete “{title}”").click()
        expect(page.get_by_text(f"Completed “{title}”.")).to_be_visible()
    page.get_by_label("New task").fill("New")
    page.keyboard.press("Enter")
    expect_titles(at, "New")
    at.goto("/tags")
    at.goto("/dashboard")
    expect_titles(at, "New")
    at.button("Undo the last action").click()
    for _ in range(2):
        page.keyboard.press("u")
    expect_titles(at, "A", "B")
    wait_until(lambda: client.read("/tasks?status=active")["total"] == 2)
    assert client.read("/trash")["total"] == 1


@once
def test_an_undo_is_refused_if_the_task_was_changed_elsewhere(at: Visitor, client: Client):
    (task,) = create(client, "Mine")
    page = at.goto("/dashboard")
    at.button("Complete “Mine”").click()
    expect(at.button("Undo")).to_be_visible()
    client.ask("PATCH", f"/tasks/{task['id']}", json={"title": "Theirs"})
    at.expect_error("status of 409")
    at.button("Undo").click()
    expect(page.get_by_text("because a task was changed or deleted since")).to_be_visible()
    assert client.read(f"/tasks/{task['id']}")["completed"]


@pytest.fixture
def week(client: Client) -> None:
    """Tasks that differ in every filter and sort key."""
    home, work = (client.make("/tags", name=name)["id"] for name in ("Home", "Work"))
    client.make("/tasks", title="Bake", priority="low", tag_ids=[home])
    client.make("/tasks", title="Audit", priority="high", tag_ids=[work, home])
    client.make("/tasks", title="Call", due_date="2020-01-01T12:00:00Z")
    client.make("/tasks", title="Done", completed=True, due_date="2020-01-01T12:00:00Z")


def choose(label: str) -> Callable[[Visitor], None]:
    def act(visitor: Visitor) -> None:
        visitor.button("Filter").click()
        popover = visitor.page.get_by_role("dialog", name="Filter tasks")
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


def test_the_url_contains_each_filter_and_order(at: Visitor, week: None):
    """So that a view survives a reload and can be bookmarked."""
    for act, query, expected in VIEWS:
        page = at.goto("/dashboard")
        expect_titles(at, "Call", "Audit", "Bake")
        act(at)
        page.wait_for_url(f"**/dashboard?*{query}*")
        expect_titles(at, *expected)
        page.reload()
        expect_titles(at, *expected)


@once
def test_due_tasks_are_found_by_day_and_week_in_both_directions(at: Visitor, client: Client):
    now = datetime.now(UTC)
    for title, days in (("Now", 0), ("Soon", 3), ("Later", 10)):
        due = now + timedelta(days=days)
        client.make("/tasks", title=f"{title}, all day", due_date=due.date().isoformat())
        client.make("/tasks", title=title, due_date=due.isoformat())
    at.goto("/dashboard?due=today&sort=due_date")
    expect_titles(at, "Now, all day", "Now")
    at.goto("/dashboard?due=week&sort=due_date")
    expect_titles(at, "Now, all day", "Now", "Soon, all day", "Soon")
    at.goto("/dashboard?sort=due_date&order=desc")
    expect_titles(at, "Later", "Later, all day", "Soon", "Soon, all day", "Now", "Now, all day")


@once
def test_a_filter_matches_any_or_all_tags(at: Visitor, week: None, client: Client):
    page = at.goto("/dashboard?tag=Home&tag=Work")
    expect_titles(at, "Audit", "Bake")
    at.goto("/dashboard?tag=Home&tag=Work&match=all")
    expect_titles(at, "Audit")
    page.get_by_role("button", name="Clear all").click()
    expect_titles(at, "Call", "Audit", "Bake")


@once
def test_the_back_button_shows_the_previous_view(at: Visitor, week: None):
    page = at.goto("/dashboard")
    expect_titles(at, "Call", "Audit", "Bake")
    at.button("All").click()
    expect_titles(at, "Done", "Call", "Audit", "Bake")
    page.go_back()
    expect_titles(at, "Call", "Audit", "Bake")


@once
def test_filters_without_matches_can_be_cleared(at: Visitor, week: None):
    page = at.goto("/dashboard?q=nothing+like+this")
    expect(page.get_by_role("heading", name="No tasks match these filters")).to_be_visible()
    at.button("Clear filters").click()
    expect_titles(at, "Call", "Audit", "Bake")


def test_several_tasks_are_changed_together(at: Visitor, client: Client):
    create(client, "One", "Two", "Three")
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
    expect_titles(at, "Two")
    assert client.read("/tasks?status=completed")["total"] == 2


@pytest.fixture
def chores(client: Client) -> dict[str, str]:
    """Tasks with different priorities and tags. Returns their ids by title."""
    home, work = (client.make("/tags", name=name)["id"] for name in ("Home", "Work"))
    tasks = [
        client.make("/tasks", title="Sweep", priority="low", tag_ids=[home]),
        client.make("/tasks", title="Plan", tag_ids=[work, home]),
        client.make("/tasks", title="Cook", priority="high"),
        client.make("/tasks", title="Iron", priority="low"),
    ]
    return {task["title"]: task["id"] for task in tasks}


def select_all(visitor: Visitor) -> Locator:
    """Open the dashboard, select all tasks, and return the bulk bar."""
    visitor.goto("/dashboard")
    expect_titles(visitor, "Iron", "Cook", "Plan", "Sweep")
    visitor.button("Select").click()
    visitor.button("Select all 4 shown").click()
    return visitor.page.get_by_role("region", name="Selected tasks")


def pick(visitor: Visitor, bar: Locator, menu: str, item: str) -> None:
    bar.get_by_role("button", name=menu).click()
    visitor.page.get_by_role("menuitem", name=item).click()


def tags(client: Client) -> dict[str, set[str]]:
    tasks = client.read("/tasks")["items"]
    return {task["title"]: {tag["name"] for tag in task["tags"]} for task in tasks}


def badges(visitor: Visitor, title: str) -> Locator:
    return row(visitor, title).locator("[data-badges] > *")


FORMER_PRIORITIES = {"Sweep": "low", "Plan": None, "Cook": "high", "Iron": "low"}
FORMER_TAGS = {"Sweep": {"Home"}, "Plan": {"Home", "Work"}, "Cook": set(), "Iron": set()}


def test_undo_restores_each_former_priority(at: Visitor, client: Client, chores: dict[str, str]):
    bar = select_all(at)
    pick(at, bar, "Priority", "Medium")
    expect(at.page.get_by_text("Changed the priority of 4 tasks.")).to_be_visible()
    assert set(priorities(client).values()) == {"medium"}
    at.button("Undo").click()
    wait_until(lambda: priorities(client) == FORMER_PRIORITIES)
    at.goto("/dashboard")
    for title, name in (("Sweep", "Low"), ("Cook", "High"), ("Iron", "Low")):
        expect(badges(at, title).first).to_have_text(f"{name} priority")
    expect(badges(at, "Plan")).to_have_text(["Home", "Work"])


def test_undo_restores_the_tags_of_each_task(at: Visitor, client: Client, chores: dict[str, str]):
    bar = select_all(at)
    for action, message, title, changed, former in (
        (
            "Add tag",
            "Added the tag to 2 tasks.",
            "Iron",
            ["Low priority", "Home"],
            ["Low priority"],
        ),
        ("Remove tag", "Removed the tag from 2 tasks.", "Plan", ["Work"], ["Home", "Work"]),
    ):
        pick(at, bar, action, "Home")
        expect(at.page.get_by_text(message)).to_be_visible()
        expect(badges(at, title)).to_have_text(changed)
        at.button("Undo").click()
        expect(badges(at, title)).to_have_text(former)
        assert tags(client) == FORMER_TAGS
    at.goto("/dashboard")
    expect(badges(at, "Plan")).to_have_text(["Home", "Work"])
    expect(badges(at, "Iron")).to_have_text(["Low priority"])


@once
def test_a_failed_undo_can_be_retried(at: Visitor, client: Client, chores: dict[str, str]):
    pick(at, select_all(at), "Priority", "Medium")
    expect(at.button("Undo")).to_be_visible()
    at.page.route("**/undo", lambda route: route.abort())
    at.expect_error("ERR_FAILED")
    at.button("Undo").click()
    expect(at.page.get_by_text("The task service is not responding")).to_be_visible()
    assert set(priorities(client).values()) == {"medium"}
    at.page.unroute("**/undo")
    at.button("Try again").click()
    wait_until(lambda: priorities(client) == FORMER_PRIORITIES)


@once
def test_tasks_deleted_elsewhere_are_skipped_by_a_change(
    at: Visitor, client: Client, chores: dict[str, str]
):
    bar = select_all(at)
    client.ask("DELETE", f"/tasks/{chores['Plan']}")
    at.expect_error("status of 404")
    pick(at, bar, "Priority", "Medium")
    message = "Changed the priority of 3 tasks. 1 task had already been deleted."
    expect(at.page.get_by_text(message)).to_be_visible()
    at.button("Undo").click()
    wait_until(lambda: priorities(client) == {"Sweep": "low", "Cook": "high", "Iron": "low"})


@once
def test_a_failed_deletion_shows_the_task_again(at: Visitor, client: Client):
    create(client, "Stays")
    at.goto("/dashboard")
    at.page.route("**/tasks/bulk", lambda route: route.abort())
    at.expect_error("ERR_FAILED")
    at.button("Actions for “Stays”").click()
    at.page.get_by_role("menuitem", name="Delete").click()
    alert = row(at, "Stays").get_by_role("alert")
    expect(alert).to_contain_text("The task service is not responding")
    at.page.unroute("**/tasks/bulk")
    alert.get_by_role("button", name="Try again").click()
    wait_until(lambda: client.read("/trash")["total"] == 1)


def priorities(client: Client) -> dict[str, str | None]:
    return {task["title"]: task["priority"] for task in client.read("/tasks")["items"]}


def test_tasks_are_moved_by_menu_and_pointer(at: Visitor, client: Client):
    create(client, "C", "B", "A")
    page = at.goto("/dashboard")
    expect_titles(at, "A", "B", "C")
    at.button("Actions for “C”").click()
    page.get_by_role("menuitem", name="Move up").click()
    expect_titles(at, "A", "C", "B")
    handle = at.button("Move “A”")
    handle.drag_to(at.button("Move “B”"), steps=12)
    expect_titles(at, "C", "B", "A")
    wait_until(lambda: in_order(client) == ["C", "B", "A"])
    at.goto("/dashboard")
    expect_titles(at, "C", "B", "A")


@once
def test_two_moves_that_fail_at_once_both_show_an_error(at: Visitor, client: Client):
    create(client, "D", "C", "B", "A")
    page = at.goto("/dashboard")
    expect_titles(at, "A", "B", "C", "D")
    routes: list[Route] = []

    def delay(route: Route) -> None:
        routes.append(route)

    page.route("**/tasks/reorder", delay)
    for title, item in (("A", "Move down"), ("D", "Move up")):
        with page.expect_request("**/tasks/reorder"):
            at.button(f"Actions for “{title}”").click()
            page.get_by_role("menuitem", name=item).click()
    expect_titles(at, "B", "A", "D", "C")
    at.expect_error("ERR_FAILED")
    for route in routes:
        route.abort()
    for title in ("A", "D"):
        alert = row(at, title).get_by_role("alert")
        expect(alert).to_contain_text("The task service is not responding")
    expect_titles(at, "A", "B", "C", "D")


# The scroll position once the page does not move any more: a swipe has momentum.
AT_REST = """() => new Promise((done) => {
  let [last, frames] = [scrollY, 0];
  const look = () => {
    frames = scrollY === last ? frames + 1 : 0;
    last = scrollY;
    if (frames === 20) done(last);
    else requestAnimationFrame(look);
  };
  look();
})"""


NEXT_FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Finger:
    """A finger on a touch screen. Its events enter Chromium like those of the hardware."""

    def __init__(self, visitor: Visitor) -> None:
        self._page = visitor.page
        self._session = visitor.context.new_cdp_session(visitor.page)

    def swipe(self, start: tuple[float, float], end: tuple[float, float], steps: int = 12) -> None:
        """Touch the screen at ``start``, move to ``end`` and lift the finger."""
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
        # A slow page handles each event before the next one.
        self._page.evaluate(NEXT_FRAME)


def middle(element: Locator) -> tuple[float, float]:
    box = element.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@once
def test_touch_moves_a_task_by_its_handle_and_scrolls_elsewhere(
    visit: Visit, site: Site, alice: Person, client: Client
):
    create(client, *(f"Task {number}" for number in range(20, 0, -1)))
    at = visit(site, alice, viewport=PHONE, has_touch=True, is_mobile=True)
    page = at.goto("/dashboard")
    expect_titles(at, *(f"Task {number}" for number in range(1, 21)))
    finger = Finger(at)

    x, y = middle(at.button("Task 1"))
    finger.swipe((x, y), (x, y - 300))
    page.wait_for_function("scrollY > 200")
    assert in_order(client)[:3] == ["Task 1", "Task 2", "Task 3"]

    # Near the edges of the screen, a finger that moves a task scrolls the page too.
    at.button("Move “Task 4”").evaluate("(handle) => handle.scrollIntoView({ block: 'center' })")
    scrolled = page.evaluate(AT_REST)
    start, end = middle(at.button("Move “Task 3”")), middle(at.button("Move “Task 5”"))
    finger.swipe(start, end)
    wait_until(lambda: in_order(client)[:5] == ["Task 1", "Task 2", "Task 4", "Task 5", "Task 3"])
    # A finger elsewhere would scroll the page by as much as it moves.
    assert abs(page.evaluate(AT_REST) - scrolled) < (end[1] - start[1]) / 2
    at.goto("/dashboard")
    expect(page.locator(TITLES).nth(4)).to_have_text("Task 3")


def in_order(client: Client) -> list[str]:
    tasks = client.read("/tasks?sort_by=position&order=desc")["items"]
    return [task["title"] for task in tasks]


@once
def test_the_dashboard_works_with_the_keyboard(at: Visitor, client: Client):
    create(client, "Second", "First")
    page = at.goto("/dashboard")
    expect_titles(at, "First", "Second")
    keys = page.keyboard.press
    keys("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    keys("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    keys("n")
    expect(page.get_by_label("New task")).to_be_focused()
    page.keyboard.type("Third")
    keys("Enter")
    expect_titles(at, "Third", "First", "Second")
    page.get_by_label("New task").blur()
    keys("j")
    expect(at.button("Third")).to_be_focused()
    keys("c")
    expect_titles(at, "First", "Second")
    expect(at.button("Undo")).to_be_visible()
    keys("u")
    expect_titles(at, "Third", "First", "Second")
    keys("/")
    expect(page.get_by_label("Search tasks")).to_be_focused()
    page.keyboard.type("Second")
    expect_titles(at, "Second")
    page.get_by_label("Search tasks").blur()
    keys("j")
    keys("e")
    expect(page.get_by_role("dialog", name="Edit task")).to_be_visible()
    keys("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@once
def test_a_change_in_another_tab_is_not_overwritten(at: Visitor, client: Client):
    (task,) = create(client, "Mine")
    page = at.goto("/dashboard")
    at.button("Mine").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Description").fill("from here")
    client.ask("PATCH", f"/tasks/{task['id']}", json={"title": "Theirs"})
    at.expect_error("status of 412")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    assert client.read(f"/tasks/{task['id']}")["description"] is None


@once
def test_a_long_list_can_be_loaded_to_its_end(at: Visitor, client: Client):
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
def test_a_change_is_reverted_with_an_error_if_the_service_is_down(
    site: Site, at: Visitor, client: Client
):
    create(client, "Stays")
    page = at.goto("/dashboard")
    expect_titles(at, "Stays")
    at.expect_error("status of 503")
    site.service.stop()
    try:
        at.button("Complete “Stays”").click()
        alert = page.get_by_role("main").get_by_role("alert")
        expect(alert.first).to_contain_text("The task service is not responding")
    finally:
        site.service.start()
    expect(row(at, "Stays")).to_be_visible()
    assert client.read("/tasks?status=active")["total"] == 1


@once
def test_being_offline_has_its_own_message(at: Visitor, client: Client):
    create(client, "Stays")
    page = at.goto("/dashboard")
    expect_titles(at, "Stays")
    at.expect_error("ERR_INTERNET_DISCONNECTED")
    at.context.set_offline(True)
    at.button("Complete “Stays”").click()
    alert = page.get_by_role("main").get_by_role("alert")
    expect(alert.first).to_contain_text("You are offline")
    at.context.set_offline(False)
    alert.first.get_by_role("button", name="Try again").click()
    wait_until(lambda: client.read("/tasks?status=completed")["total"] == 1)


@once
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_problems_in_dialogs_and_menus(
    visit: Visit, site: Site, alice: Person, week: None, theme: str
):
    at = visit(site, alice, color_scheme=theme)
    page = at.goto("/dashboard")
    expect_titles(at, "Call", "Audit", "Bake")
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
    expect_titles(at, "Call", "Audit", "Bake")
    at.button("Audit").tap()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert at.overflow() == []
    page.keyboard.press("Escape")
    at.button("Select").tap()
    assert at.overflow() == []
    at.button("Filter").tap()
    assert at.overflow() == []
