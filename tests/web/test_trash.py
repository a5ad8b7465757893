"""The page of the trash: restoring tasks, and deleting them for ever."""

import pytest
from playwright.sync_api import Locator, expect
from support.browser import PHONE, Site, Visit, Visitor, once
from support.client import Client
from support.processes import Person, wait_until


@pytest.fixture
def client(site: Site, alice: Person) -> Client:
    """An API client for Alice."""
    return site.client(alice)


def delete(client: Client, *titles: str) -> None:
    """Create tasks and delete them. The last one is the first in the trash."""
    for title in titles:
        client.ask("DELETE", f"/tasks/{client.make('/tasks', title=title)['id']}")


def rows(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("list", name="Deleted tasks").get_by_role("listitem")


def total(client: Client) -> tuple[int, int]:
    """Return the number of tasks in the list and in the trash."""
    return client.read("/tasks")["total"], client.read("/trash")["total"]


def test_a_task_is_deleted_found_in_the_trash_and_restored(at: Visitor, client: Client):
    tag = client.make("/tags", name="Home")["id"]
    client.make("/tasks", title="First")
    task = client.make("/tasks", title="Drop", tag_ids=[tag], priority="high")
    client.make("/tasks", title="Last")
    page = at.goto("/dashboard")
    at.button("Actions for “Drop”").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_text("Deleted “Drop”.")).to_be_visible()
    assert total(client) == (2, 1)

    page.get_by_role("link", name="Trash").click()
    at.wait_for_path("/trash")
    expect(page.get_by_text("1 task in the trash.")).to_be_visible()
    expect(rows(at)).to_have_count(1)
    at.button("Restore “Drop”").click()
    expect(page.get_by_role("heading", name="No deleted tasks")).to_be_visible()
    expect(page.get_by_text("for 30 days. After that, it is deleted for ever.")).to_be_visible()
    expect(page.get_by_text("The trash is empty.")).to_be_focused()
    assert client.read(f"/tasks/{task['id']}") == task
    page.get_by_role("link", name="Dashboard").click()
    expect(page.locator("main [data-title]")).to_have_text(["Last", "Drop", "First"])


def test_a_restore_can_be_undone(at: Visitor, client: Client):
    delete(client, "Old")
    at.goto("/trash")
    at.button("Restore “Old”").click()
    expect(rows(at)).to_have_count(0)
    at.button("Undo").click()
    expect(rows(at)).to_have_count(1)
    assert total(client) == (0, 1)


def test_tasks_are_deleted_for_ever_after_a_confirmation(at: Visitor, client: Client):
    client.make("/tasks", title="Kept")
    delete(client, "One", "Two", "Three")
    page = at.goto("/trash")
    expect(rows(at)).to_have_count(3)
    at.button("Delete “Two” for ever").click()
    dialog = page.get_by_role("dialog", name="Delete “Two” for ever?")
    expect(dialog).to_contain_text("be undone.")
    at.button("Cancel").click()
    expect(dialog).to_have_count(0)
    assert total(client) == (1, 3)
    at.button("Delete “Two” for ever").click()
    at.button("Delete for ever").click()
    expect(rows(at)).to_have_count(2)
    expect(page.get_by_text("2 tasks in the trash.")).to_be_focused()

    at.button("Empty the trash").click()
    at.button("Delete all for ever").click()
    expect(page.get_by_role("heading", name="No deleted tasks")).to_be_visible()
    assert total(client) == (1, 0)


@once
def test_a_long_trash_can_be_loaded_to_its_end(at: Visitor, client: Client):
    client.ask("POST", "/tasks/import", json=[{"title": f"Task {n}"} for n in range(60)])
    ids = [task["id"] for page in (1, 2, 3) for task in page_of(client, page)]
    client.ask("POST", "/tasks/bulk", json={"action": "delete", "task_ids": ids})
    at.goto("/trash")
    expect(rows(at)).to_have_count(50)
    at.button("Load more").click()
    expect(rows(at)).to_have_count(60)
    expect(at.button("Load more")).to_have_count(0)


def page_of(client: Client, page: int) -> list[dict[str, str]]:
    items: list[dict[str, str]] = client.read(f"/tasks?limit=20&page={page}")["items"]
    return items


@once
def test_a_task_that_another_tab_has_restored_leaves_the_page(at: Visitor, client: Client):
    task = client.make("/tasks", title="Old")
    client.ask("DELETE", f"/tasks/{task['id']}")
    page = at.goto("/trash")
    expect(rows(at)).to_have_count(1)
    client.ask("POST", f"/trash/{task['id']}/restore")
    at.expect_error("status of 404")
    at.button("Restore “Old”").click()
    expect(page.get_by_text("“Old” is not in the trash any more.")).to_be_visible()
    expect(rows(at)).to_have_count(0)


@once
def test_an_error_is_shown_in_the_row_and_can_be_retried(site: Site, at: Visitor, client: Client):
    delete(client, "Old")
    at.goto("/trash")
    expect(rows(at)).to_have_count(1)
    at.page.route("**/restore", lambda route: route.abort())
    at.expect_error("ERR_FAILED")
    at.button("Restore “Old”").click()
    expect(rows(at).get_by_role("alert")).to_contain_text("The task service is not responding")
    at.page.unroute("**/restore")
    rows(at).get_by_role("button", name="Try again").click()
    wait_until(lambda: total(client) == (1, 0))


@once
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_problems(visit: Visit, site: Site, alice: Person, client: Client, theme: str):
    at = visit(site, alice, color_scheme=theme)
    page = at.goto("/trash")
    expect(page.get_by_role("heading", name="No deleted tasks")).to_be_visible()
    assert at.axe() == []
    delete(client, "Old")
    at.goto("/trash")
    at.button("Delete “Old” for ever").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert at.axe() == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert at.axe() == []


@once
def test_the_trash_fits_a_phone(visit: Visit, site: Site, alice: Person, client: Client):
    delete(client, "w" * 200)
    at = visit(site, alice, viewport=PHONE, has_touch=True)
    at.goto("/trash")
    expect(rows(at)).to_have_count(1)
    assert at.overflow() == []
    at.button(f"Delete “{'w' * 200}” for ever").tap()
    expect(at.page.get_by_role("dialog")).to_be_visible()
    assert at.overflow() == []
