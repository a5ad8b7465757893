"""A browser for tests, and the site it uses: the built front end in front of a real service."""

import contextlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, WebError

from support.chat_server import ChatServer
from support.client import Client, on, upgrade
from support.processes import PASSWORD, ROOT, Gunicorn, Person, Web, free_port

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
TIMEOUT_MS = 15_000
# For tests that do not depend on the database.
once = on("sqlite")

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking")
# Whether React has hydrated the page. A click before hydration is lost.
HYDRATED = """() => [...document.querySelectorAll("a, button, input")].every(
  (element) => Object.keys(element).some((key) => key.startsWith("__reactProps")))"""


def chromium() -> str | None:
    """Return the path of Chromium, or None; `make test` may have installed it in the project."""
    own = ROOT / ".chromium" / "chromium"
    return next(filter(None, map(shutil.which, (*PROGRAMS, str(own)))), None)


# Whether the page shows no loading skeleton.
LOADED = "() => !document.querySelector('.animate-pulse')"
# The outermost elements that extend beyond the screen or a dialog and make it scroll sideways.
OVERFLOW = """() => {
  const wide = ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth;
  const outermost = (frame) => {
    const edge = frame.getBoundingClientRect().left + frame.clientLeft + frame.clientWidth;
    const reaches = (element) => element.getBoundingClientRect().right > edge + 1;
    const first = (element) => reaches(element) && !reaches(element.parentElement);
    return [...frame.querySelectorAll("*")].filter(first);
  };
  return [document.documentElement, ...document.querySelectorAll("[role=dialog]")]
    .filter(wide)
    .flatMap(outermost)
    .map((element) => element.outerHTML.slice(0, 300));
}"""


@dataclass(frozen=True)
class Site:
    """A front end and a service on one database.

    If ``is_direct``, browsers send their requests to the service, not through the front end.
    ``chat`` is the server between the front end and the service, if there is one.
    """

    web: Web
    service: Gunicorn
    is_direct: bool = False
    chat: ChatServer | None = None
    visitors: list["Visitor"] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The URL of the front end."""
        return self.web.url

    def sign_up(self, name: str) -> Person:
        """Create a user and return them signed in."""
        return self.web.sign_up(name)

    def client(self, person: Person) -> Client:
        """Return an API client for ``person``, to create test data."""
        client = Client(self.service.url, person)
        client.token = self.web.token(person)
        return client


@contextmanager
def running_site(
    database_url: str,
    web_settings: dict[str, str] | None = None,
    service_settings: dict[str, str] | None = None,
    *,
    is_direct: bool = False,
    with_chat_server: bool = False,
) -> Iterator[Site]:
    """Run a site on an empty database, or on a database of a previous site."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = {"DATABASE_URL": database_url, "BETTER_AUTH_URL": url}
    settings = {"CORS_ORIGINS": url} if is_direct else {}
    service = Gunicorn(env | settings | (service_settings or {}), workers=1, threads=8)
    own = {"SERVICE_PUBLIC_URL": service.url} if is_direct else {}
    chat = ChatServer(service.url) if with_chat_server else None
    address = chat.url if chat else service.url
    with (
        chat or contextlib.nullcontext(),
        Web(database_url, address, port=port, settings=own | (web_settings or {})) as web,
    ):
        upgrade(env)
        with service:
            site = Site(web, service, is_direct, chat)
            yield site
            # Requests of open pages would fail when the servers stop. After a failed test the pages
            # stay open, to be saved.
            for visitor in site.visitors:
                visitor.close()


@dataclass
class Visitor:
    """A browser with its own cookies.

    ``errors`` collects what no page may cause: console errors, which include violations of the
    Content-Security-Policy, uncaught exceptions, and requests to other hosts.
    """

    site: Site
    context: BrowserContext
    errors: list[str] = field(default_factory=list)
    _expected: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.site.visitors.append(self)
        self.context.set_default_timeout(TIMEOUT_MS)
        self.context.set_default_navigation_timeout(TIMEOUT_MS)
        self.context.on("console", self._on_console)
        self.context.on("weberror", self._on_error)
        self.context.on("request", self._on_request)
        self.page: Page = self.context.new_page()

    def expect_error(self, pattern: str) -> None:
        """Ignore console errors that match ``pattern``: browsers log every failed request."""
        self._expected.append(pattern)

    def become(self, person: Person) -> None:
        """Sign in with the session of a person who signed up without a browser."""
        for cookie in person.session.cookies:
            value = str(cookie.value)
            self.context.add_cookies([{"name": cookie.name, "value": value, "url": self.site.url}])

    def goto(self, path: str) -> Page:
        """Open a page of the site, and return after it is hydrated."""
        self.page.goto(f"{self.site.url}{path}")
        self.page.wait_for_function(HYDRATED)
        return self.page

    def settle(self) -> None:
        """Return after the page has loaded all its data."""
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_function(LOADED)

    def wait_for_path(self, path: str) -> None:
        """Wait until the URL has the path ``path``, with any query."""
        self.page.wait_for_url(re.compile(re.escape(self.site.url + path) + r"([?#].*)?$"))

    def button(self, name: str) -> Locator:
        """Return the button with exactly this name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def sign_up(self, name: str, email: str) -> None:
        """Fill in and submit the form on the sign-up page."""
        self.page.get_by_label("Name").fill(name)
        self._credentials(email, PASSWORD)
        self.button("Sign up").click()

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """Fill in and submit the form on the sign-in page."""
        self._credentials(email, password)
        self.button("Sign in").click()

    def _credentials(self, email: str, password: str) -> None:
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(password)

    def axe(self) -> list[str]:
        """Return the serious and critical accessibility problems that axe finds on the page."""
        self.page.evaluate(AXE.read_text())
        found: Any = self.page.evaluate("axe.run({resultTypes: ['violations']})")
        return [
            f"{rule['id']} ({rule['impact']}): {rule['help']}: "
            + json.dumps([node["html"][:200] for node in rule["nodes"]])
            for rule in found["violations"]
            if rule["impact"] in ("serious", "critical")
        ]

    def overflow(self) -> list[str]:
        """Return the elements that make the page or a dialog scroll sideways."""
        return list(self.page.evaluate(OVERFLOW))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._record(f"{message.text} ({message.location['url']})")

    def _on_error(self, error: WebError) -> None:
        self._record(f"uncaught: {error.error}")

    def _on_request(self, request: Request) -> None:
        hosts = [self.site.url, self.site.service.url] if self.site.is_direct else [self.site.url]
        known = (*(f"{host}/" for host in hosts), "data:", "blob:")
        if not request.url.startswith(known):
            self._record(f"a request to {request.url}")

    def _record(self, error: str) -> None:
        if not any(re.search(pattern, error) for pattern in self._expected):
            self.errors.append(error)

    def close(self) -> None:
        """Close the browser and delete its cookies."""
        with contextlib.suppress(Exception):
            self.context.unroute_all(behavior="ignoreErrors")
        self.context.close()


Visit = Callable[..., Visitor]
