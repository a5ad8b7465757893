"""A person at a browser, and the site that they use: the built front end before a real service."""

import contextlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, WebError

from support.client import Client, on, upgrade
from support.processes import PASSWORD, ROOT, Gunicorn, Person, Web, free_port

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
TIMEOUT_MS = 15_000
# For what does not depend on the database.
once = on("sqlite")

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking")
# Whether React has taken over what the server sent; a click before that is lost.
ALIVE = """() => [...document.querySelectorAll("a, button, input")].every(
  (element) => Object.keys(element).some((key) => key.startsWith("__reactProps")))"""


def chromium() -> str | None:
    """Return the Chromium of the system, if it has one."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


# Whether no skeleton stands in for what is to come.
SHOWN = "() => !document.querySelector('.animate-pulse')"
# The outermost elements that reach beyond the screen or a dialog, if one can scroll there.
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
    """A front end and the service behind it, or beside it for browsers, on one database."""

    web: Web
    service: Gunicorn
    is_direct: bool = False

    @property
    def url(self) -> str:
        """Where browsers find it."""
        return self.web.url

    def sign_up(self, name: str) -> Person:
        """Return a new person, who is signed in."""
        return self.web.sign_up(name)

    def client(self, person: Person) -> Client:
        """Return what asks the service as ``person``, to make what a page is to show."""
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
) -> Iterator[Site]:
    """Run a site on an empty database, or one of before."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = {"DATABASE_URL": database_url, "BETTER_AUTH_URL": url}
    settings = {"CORS_ORIGINS": url} if is_direct else {}
    service = Gunicorn(env | settings | (service_settings or {}), workers=1, threads=8)
    own = {"SERVICE_PUBLIC_URL": service.url} if is_direct else {}
    with Web(database_url, service.url, port=port, settings=own | (web_settings or {})) as web:
        upgrade(env)
        with service:
            yield Site(web, service, is_direct)


@dataclass
class Visitor:
    """Somebody at a browser of their own.

    ``faults`` is what no page may cause: errors on the console, which tell of breaches of the
    Content-Security-Policy too, and requests to other hosts.
    """

    site: Site
    context: BrowserContext
    faults: list[str] = field(default_factory=list)
    _expected: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(TIMEOUT_MS)
        self.context.set_default_navigation_timeout(TIMEOUT_MS)
        self.context.on("console", self._on_console)
        self.context.on("weberror", self._on_error)
        self.context.on("request", self._on_request)
        self.page: Page = self.context.new_page()

    def expect_fault(self, pattern: str) -> None:
        """Let errors on the console pass that match: a browser notes each refusal there."""
        self._expected.append(pattern)

    def become(self, person: Person) -> None:
        """Take over the session of a person who signed up without a browser."""
        for cookie in person.session.cookies:
            value = str(cookie.value)
            self.context.add_cookies([{"name": cookie.name, "value": value, "url": self.site.url}])

    def goto(self, path: str) -> Page:
        """Open a page of the site, and return once it can be used."""
        self.page.goto(f"{self.site.url}{path}")
        self.page.wait_for_function(ALIVE)
        return self.page

    def settle(self) -> None:
        """Return once all that the page asked the service for is shown."""
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_function(SHOWN)

    def is_at(self, path: str) -> None:
        """Wait until the address is that of ``path``, whatever its query."""
        self.page.wait_for_url(re.compile(re.escape(self.site.url + path) + r"([?#].*)?$"))

    def button(self, name: str) -> Locator:
        """Return the button of that whole name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def sign_up(self, name: str, email: str) -> None:
        """Fill in and send the form of the sign-up page, where the page is."""
        self.page.get_by_label("Name").fill(name)
        self._credentials(email, PASSWORD)
        self.button("Sign up").click()

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """Fill in and send the form of the sign-in page, where the page is."""
        self._credentials(email, password)
        self.button("Sign in").click()

    def _credentials(self, email: str, password: str) -> None:
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(password)

    def axe(self) -> list[str]:
        """Return what axe finds on the page as it is, serious or critical."""
        self.page.evaluate(AXE.read_text())
        found: Any = self.page.evaluate("axe.run({resultTypes: ['violations']})")
        return [
            f"{rule['id']} ({rule['impact']}): {rule['help']}: "
            + json.dumps([node["html"][:200] for node in rule["nodes"]])
            for rule in found["violations"]
            if rule["impact"] in ("serious", "critical")
        ]

    def overflow(self) -> list[str]:
        """Return what makes the page or a dialog wider than what shows it, if it is."""
        return list(self.page.evaluate(OVERFLOW))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(f"{message.text} ({message.location['url']})")

    def _on_error(self, error: WebError) -> None:
        self._note(f"uncaught: {error.error}")

    def _on_request(self, request: Request) -> None:
        hosts = [self.site.url, self.site.service.url] if self.site.is_direct else [self.site.url]
        known = (*(f"{host}/" for host in hosts), "data:", "blob:")
        if not request.url.startswith(known):
            self._note(f"a request to {request.url}")

    def _note(self, fault: str) -> None:
        if not any(re.search(pattern, fault) for pattern in self._expected):
            self.faults.append(fault)

    def close(self) -> None:
        """Close the browser's window and forget all it knew."""
        with contextlib.suppress(Exception):
            self.context.unroute_all(behavior="ignoreErrors")
        self.context.close()


Visit = Callable[..., Visitor]
