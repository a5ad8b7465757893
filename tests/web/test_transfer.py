"""Tasks go out as files and come back in, and a file that is wrong is explained row by row."""

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
    """Return the file that the browser saves."""
    with visitor.page.expect_download() as download:
        choose(visitor, item)
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def offer(visitor: Visitor, file: Path) -> Locator:
    """Choose a file to import; return the dialog."""
    dialog = visitor.page.get_by_role("dialog", name="Import tasks")
    if not dialog.is_visible():
        choose(visitor, "Import…")
    with visitor.page.expect_file_chooser() as chooser:
        dialog.get_by_label("File").click()
    chooser.value.set_files(file)
    return dialog


def without_ids(tasks: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return what of tasks an export and an import keep, in the order of their titles."""
    kept = ("title", "description", "completed", "priority", "due_date")
    return sorted(({name: task[name] for name in kept} for task in tasks), key=str)


@pytest.mark.parametrize("item", ["Export as CSV", "Export as JSON"])
def test_what_goes_out_comes_back_in(
    at: Visitor, site: Site, alice: Person, visit: Visit, tmp_path: Path, item: str
):
    client = site.client(alice)
    tag = client.make("/tags", name="Home, sweet")["id"]
    due = {"due_date": "2026-11-23T09:30:00Z", "priority": "high"}
    client.make("/tasks", title="=SUM(1)", description="two\nlines, “quoted”", tag_ids=[tag], **due)
    client.make("/tasks", title="Done", completed=True)
    at.goto("/dashboard")
    file = exported(at, item, tmp_path)
    expect(at.page.get_by_text(f"All tasks are in {file.name}.")).to_be_visible()

    bob = site.sign_up("Bob")
    other = visit(site, bob)
    page = other.goto("/dashboard")
    dialog = offer(other, file)
    expect(dialog).to_contain_text(f"{file.name} has 2 tasks, and all can be taken.")
    assert site.client(bob).read("/tasks")["total"] == 0
    other.button("Import them").click()
    expect(page.get_by_text("2 tasks are imported.")).to_be_visible()
    expect(other.button("Export or import")).to_be_focused()
    found, made = client.read("/tasks")["items"], site.client(bob).read("/tasks")["items"]
    assert without_ids(found) == without_ids(made)
    assert [tag["name"] for tag in site.client(bob).read("/tags")["items"]] == ["Home, sweet"]


def test_every_bad_row_is_named_and_nothing_is_taken(
    at: Visitor, site: Site, alice: Person, tmp_path: Path
):
    file = tmp_path / "mixed.json"
    rows = [{"title": "Good"}, {"title": ""}, {"title": "x", "priority": "urgent"}]
    file.write_text(json.dumps(rows))
    at.goto("/dashboard")
    dialog = offer(at, file)
    expect(dialog.get_by_role("alert")).to_contain_text("2 of 3 rows can't be taken")
    cells = dialog.get_by_role("row")
    expect(cells).to_have_count(3)
    expect(dialog.get_by_label("File")).to_have_value(re.compile(r"\bmixed\.json$"))
    expect(cells.nth(1)).to_contain_text("2title")
    expect(cells.nth(2)).to_contain_text("3priority")
    expect(at.button("Import them")).to_have_count(0)
    assert at.axe() == []
    assert site.client(alice).read("/tasks")["total"] == 0
    file.write_text(json.dumps(rows[:1]))
    expect(offer(at, file)).to_contain_text("mixed.json has 1 task")
    at.button("Import them").click()
    expect(at.page.get_by_text("1 task is imported.")).to_be_visible()


@once
def test_a_file_that_is_refused_is_refused_in_words(at: Visitor, tmp_path: Path):
    at.goto("/dashboard")
    at.expect_fault("status of 4(00|13)")
    for name, content, sentence in (
        ("tasks.xlsx", b"x", "This is no CSV or JSON file"),
        ("large.csv", b"x" * (5 * 1024 * 1024 + 1), "This file is larger than 5 MiB"),
        ("long.csv", b"title\n" + b"x\n" * 10_001, "This file has more than 10,000 tasks"),
        ("latin.csv", "title\nFühlen\n".encode("latin-1"), "This file can't be read"),
        ("empty.csv", b"title\n", "There are no tasks in empty.csv."),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        expect(offer(at, file)).to_contain_text(sentence)
        expect(at.button("Import them")).to_have_count(0)


@once
def test_many_tasks_go_in_and_out(at: Visitor, site: Site, alice: Person, tmp_path: Path):
    """As many as an import takes: they pass in several pieces."""
    file = tmp_path / "many.csv"
    with file.open("w", newline="") as output:
        writer = csv.writer(output)
        writer.writerow(COLUMNS[:2])
        writer.writerows((f"Task {number}", "d" * 200) for number in range(10_000))
    at.goto("/dashboard")
    expect(offer(at, file)).to_contain_text("many.csv has 10000 tasks")
    at.button("Import them").click()
    expect(at.page.get_by_text("10000 tasks are imported.")).to_be_visible(timeout=60_000)
    with exported(at, "Export as CSV", tmp_path).open(newline="") as back:
        assert len(list(csv.DictReader(back))) == 10_000
