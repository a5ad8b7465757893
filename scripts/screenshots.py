"""Take the screenshots in docs/images of the built front end, for `make screenshots`."""

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from playwright.sync_api import Browser, sync_playwright  # noqa: E402
from support.browser import ARGUMENTS, PHONE, Site, Visitor, chromium, running_site  # noqa: E402
from support.processes import Person  # noqa: E402

IMAGES = ROOT / "docs" / "images"
DESK = {"width": 1200, "height": 820}

# Name, path, signed in, theme, viewport.
SCREENSHOTS: list[tuple[str, str, bool, str, Any]] = [
    ("landing-light", "/", False, "light", DESK),
    ("dashboard-light", "/dashboard", True, "light", DESK),
    ("dashboard-dark", "/dashboard", True, "dark", DESK),
    ("dashboard-phone", "/dashboard", True, "light", PHONE),
    ("tags-light", "/tags", True, "light", DESK),
]

TAGS = {"Home": "#0f766e", "Work": "#1d6fb8", "Garden": "#4d7c0f", "Vienna": "#be3a77"}
# Title, due date in days from today or None, priority, tags. The page shows the last task first.
TASKS: list[tuple[str, int | None, str | None, list[str]]] = [
    ("Return the library books", None, None, []),
    ("Read the lease", 5, "low", ["Home"]),
    ("Water the tomatoes", 2, None, ["Garden"]),
    ("Book the train to Vienna", 1, "medium", ["Vienna"]),
    ("Send Ida the draft", 0, "high", ["Work"]),
    ("Call the tax office", -2, "high", ["Home"]),
]
DONE = ["Buy seeds", "Answer Jonas"]


def main() -> None:
    """Take all screenshots."""
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_site(f"sqlite:///{folder}/app.db") as site,
        sync_playwright() as playwright,
    ):
        ada = sign_up(site)
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for name, path, signed_in, theme, screen in SCREENSHOTS:
            take(browser, site, ada if signed_in else None, name, path, theme, screen)
        browser.close()


def take(
    browser: Browser,
    site: Site,
    person: Person | None,
    name: str,
    path: str,
    theme: Any,
    screen: Any,
) -> None:
    """Take one screenshot."""
    context = browser.new_context(color_scheme=theme, viewport=screen, timezone_id="UTC")
    visitor = Visitor(site, context)
    if person:
        visitor.become(person)
    page = visitor.goto(path)
    visitor.settle()
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")
    print(f"docs/images/{name}.png")
    visitor.close()


def sign_up(site: Site) -> Person:
    """Sign up a user with some tasks and tags; return the user."""
    ada = site.sign_up("Ada")
    client = site.client(ada)
    tags = {
        name: client.make("/tags", name=name, color=color)["id"] for name, color in TAGS.items()
    }
    today = datetime.now(UTC).date()
    for title, days, priority, names in TASKS:
        due = None if days is None else (today + timedelta(days)).isoformat()
        tag_ids = [tags[name] for name in names]
        client.make("/tasks", title=title, due_date=due, priority=priority, tag_ids=tag_ids)
    for title in DONE:
        client.make("/tasks", title=title, completed=True)
    return ada


if __name__ == "__main__":
    main()
