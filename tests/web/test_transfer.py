"""Export and import of tasks, and the errors of files that can't be imported."""

import csv
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from support.browser import Site, Visit, Visitor, once
from support.processes import Person

COLUMNS = ["title", "description", "completed", "priority", "due_date", "tags", "created_at"]


def choose(visitor: Visitor, item: str) -> None:
    visitor.button("Export or import").click()
    visitor.page.get_by_role("menuitem", name=item).click()


def exported(visitor: Visitor, item: str, folder: Path) -> Path:
    """Export and return the downloaded file."""
    with visitor.page.expect_download() as download:
        choose(visitor, item)
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def choose_file(visitor: Visitor, file: Path) -> Locator:
    """Choose a file to import, and return the dialog."""
    dialog = visitor.page.get_by_role("dialog", name="Import tasks")
    if not dialog.is_visible():
        choose(visitor, "Import…")
    with visitor.page.expect_file_chooser() as chooser:
        dialog.get_by_label("File").click()
    chooser.value.set_files(file)
    return dialog


def without_ids(tasks: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return the fields of tasks that an export contains, sorted by title."""
    names = ("title", "description", "completed", "priority", "due_date")
    return sorted(({name: task[name] for name in names} for task in tasks), key=str)


@pytest.mark.parametrize("item", ["Export as CSV", "Export as JSON"])
def test_an_exported_file_can_be_imported(
    at: Visitor, site: Site, alice: Person, visit: Visit, tmp_path: Path, item: str
):
    client = site.client(alice)
    tag = client.make("/tags", name="Home, sweet")["id"]
    due = {"due_date": "2026-11-23T09:30:00Z", "priority": "high"}
    client.make("/tasks", title="=SUM(1)", description="two\nlines, “quoted”", tag_ids=[tag], **due)
    client.make("/tasks", title="Done", completed=True)
    at.goto("/dashboard")
    file = exported(at, item, tmp_path)
    expect(at.page.get_by_text(f"Tasks exported to {file.name}.")).to_be_visible()

    bob = site.sign_up("Bob")
    other = visit(site, bob)
    page = other.goto("/dashboard")
    dialog = choose_file(other, file)
    expect(dialog).to_contain_text(f"{file.name} contains 2 tasks, ready to import.")
    assert site.client(bob).read("/tasks")["total"] == 0
    other.button("Import tasks").click()
    expect(page.get_by_text("2 tasks imported.")).to_be_visible()
    expect(other.button("Export or import")).to_be_focused()
    sent, received = client.read("/tasks")["items"], site.client(bob).read("/tasks")["items"]
    assert without_ids(sent) == without_ids(received)
    assert [tag["name"] for tag in site.client(bob).read("/tags")["items"]] == ["Home, sweet"]


def test_every_invalid_row_is_reported_and_no_task_is_imported(
    at: Visitor, site: Site, alice: Person, tmp_path: Path
):
    file = tmp_path / "mixed.json"
    rows = [{"title": "Good"}, {"title": ""}, {"title": "x", "priority": "urgent"}]
    file.write_text(json.dumps(rows))
    at.goto("/dashboard")
    dialog = choose_file(at, file)
    expect(dialog.get_by_role("alert")).to_contain_text("2 of 3 rows can't be imported")
    cells = dialog.get_by_role("row")
    expect(cells).to_have_count(3)
    expect(dialog.get_by_label("File")).to_have_value(re.compile(r"\bmixed\.json$"))
    expect(cells.nth(1)).to_contain_text("2title")
    expect(cells.nth(2)).to_contain_text("3priority")
    expect(at.button("Import tasks")).to_have_count(0)
    assert at.axe() == []
    assert site.client(alice).read("/tasks")["total"] == 0
    file.write_text(json.dumps(rows[:1]))
    expect(choose_file(at, file)).to_contain_text("mixed.json contains 1 task")
    at.button("Import tasks").click()
    expect(at.page.get_by_text("1 task imported.")).to_be_visible()


@once
def test_rejected_files_are_explained(at: Visitor, tmp_path: Path):
    at.goto("/dashboard")
    at.expect_error("status of 4(00|13)")
    for name, content, message in (
        ("tasks.xlsx", b"x", "This is not a CSV or JSON file"),
        ("large.csv", b"x" * (5 * 1024 * 1024 + 1), "This file is larger than 5 MiB"),
        ("long.csv", b"title\n" + b"x\n" * 10_001, "This file has more than 10,000 tasks"),
        ("latin.csv", "title\nFühlen\n".encode("latin-1"), "latin.csv contains 1 task"),
        ("quote.csv", b'title\n"x\n', "This file can't be read"),
        ("empty.csv", b"title\n", "empty.csv contains no tasks."),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        expect(choose_file(at, file)).to_contain_text(message)
        expect(at.button("Import tasks")).to_have_count(int("contains 1 task" in message))


@once
def test_ten_thousand_tasks_can_be_imported_and_exported(
    at: Visitor, site: Site, alice: Person, tmp_path: Path
):
    """The largest import. The service streams the export in several chunks."""
    file = tmp_path / "many.csv"
    with file.open("w", newline="") as output:
        writer = csv.writer(output)
        writer.writerow(COLUMNS[:2])
        writer.writerows((f"Task {number}", "d" * 200) for number in range(10_000))
    at.goto("/dashboard")
    expect(choose_file(at, file)).to_contain_text("many.csv contains 10000 tasks")
    at.button("Import tasks").click()
    expect(at.page.get_by_text("10000 tasks imported.")).to_be_visible(timeout=60_000)
    with exported(at, "Export as CSV", tmp_path).open(newline="") as back:
        assert len(list(csv.DictReader(back))) == 10_000
