"""Open pages during outages: expired tokens, new keys, and servers that are down."""

from urllib.parse import urljoin

import jwt
import pytest
from playwright.sync_api import Locator, Page, Request, Response, Route, expect
from support.browser import Site, Visit, Visitor, once, running_site
from support.processes import NewDatabase, Person, local_session


@pytest.fixture
def database(database_kind: str, new_database: NewDatabase) -> str:
    return new_database(database_kind)


class Traffic:
    """The tokens that a page sends, and the requests that are rejected."""

    def __init__(self, page: Page) -> None:
        self.tokens: list[str] = []
        self.rejected: list[str] = []
        page.on("request", self._on_request)
        page.on("response", self._on_response)

    def _on_request(self, request: Request) -> None:
        header = request.headers.get("authorization", "")
        if header and header.removeprefix("Bearer ") not in self.tokens:
            self.tokens.append(header.removeprefix("Bearer "))

    def _on_response(self, response: Response) -> None:
        if response.status in (401, 503):
            self.rejected.append(f"{response.status} {response.url}")


def make_tag(visitor: Visitor, name: str) -> None:
    """Create a tag on an open page, which sends a request to the service."""
    visitor.button("New tag").click()
    visitor.page.get_by_label("Name").fill(name)
    visitor.button("Create tag").click()
    expect(tag(visitor, name)).to_be_visible()


def tag(visitor: Visitor, name: str) -> Locator:
    return visitor.page.get_by_role("main").get_by_role("listitem").filter(has_text=name)


def test_an_expiring_token_is_renewed_in_the_background(visit: Visit, database: str):
    # A token is renewed 30 s before it expires, so this token is used for 3 s.
    settings = {"JWT_EXPIRATION": "33s"}
    with running_site(database, settings, {"BETTER_AUTH_LEEWAY": "0"}) as site:
        visitor = visit(site, site.sign_up("Alice"))
        traffic = Traffic(visitor.page)
        visitor.goto("/tags")
        make_tag(visitor, "First")
        before = len(traffic.tokens)  # more than one if the machine is slow
        visitor.page.wait_for_timeout(3_000)
        make_tag(visitor, "Second")
        assert len(traffic.tokens) > before
        assert traffic.rejected == []


def test_tokens_with_a_lifetime_of_seconds_work(visit: Visit, database: str):
    settings = {"JWT_EXPIRATION": "2s", "JWT_ROTATION_SECONDS": "1"}
    with running_site(database, settings, {"BETTER_AUTH_LEEWAY": "0"}) as site:
        visitor = visit(site, site.sign_up("Alice"))
        traffic = Traffic(visitor.page)
        visitor.goto("/tags")
        for name in ("First", "Second", "Third"):
            make_tag(visitor, name)
            visitor.page.wait_for_timeout(2_000)
        assert len({jwt.get_unverified_header(token)["kid"] for token in traffic.tokens}) > 2
        assert traffic.rejected == []


@once
def test_a_token_of_a_deleted_key_is_replaced_after_one_401(
    visit: Visit, site: Site, alice: Person
):
    """As after a restored backup: the page's token is not expired, but the service rejects it."""
    visitor = visit(site, alice)
    traffic = Traffic(visitor.page)
    visitor.goto("/tags")
    make_tag(visitor, "First")
    visitor.expect_error("status of 401")
    break_next_token(visitor.page)
    make_tag(visitor, "Second")
    assert [line[:3] for line in traffic.rejected] == ["401"]


def break_next_token(page: Page) -> None:
    """Send an invalid token with the next request to the service."""

    def cut(route: Route, request: Request) -> None:
        token = request.headers["authorization"][:-8]
        route.continue_(headers={**request.headers, "authorization": token})

    page.route("**/backend/**", cut, times=1)


@once
def test_a_page_shows_that_the_service_is_down_and_recovers(
    visit: Visit, site: Site, alice: Person
):
    visitor = visit(site, alice)
    page = visitor.goto("/tags")
    make_tag(visitor, "Before")
    visitor.expect_error("status of 503")
    site.service.stop()
    try:
        page = visitor.goto("/tags")
        notice = page.get_by_role("main").get_by_role("alert")
        expect(notice).to_contain_text("The task service is not responding")
    finally:
        site.service.start()
    visitor.button("Try again").click()
    expect(tag(visitor, "Before")).to_be_visible()
    make_tag(visitor, "After")


@once
def test_being_offline_has_its_own_message(visit: Visit, site: Site, alice: Person):
    visitor = visit(site, alice)
    page = visitor.goto("/tags")
    visitor.button("New tag").click()
    page.get_by_label("Name").fill("Offline")
    visitor.expect_error("ERR_INTERNET_DISCONNECTED")
    visitor.context.set_offline(True)
    visitor.button("Create tag").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("You are offline")
    visitor.context.set_offline(False)
    visitor.button("Create tag").click()
    expect(tag(visitor, "Offline")).to_be_visible()


@once
def test_a_session_that_ended_elsewhere_leads_to_the_sign_in_page_and_back(
    visit: Visit, site: Site, alice: Person
):
    visitor = visit(site, alice)
    visitor.page.clock.install()
    visitor.goto("/tags")
    make_tag(visitor, "Mine")
    site.web.sign_out(alice)
    visitor.page.clock.fast_forward("20:00")  # past the expiry of the page's token
    visitor.expect_error("status of 401")
    visitor.button("New tag").click()
    visitor.page.get_by_label("Name").fill("Another")
    visitor.button("Create tag").click()
    visitor.wait_for_path("/sign-in")
    visitor.sign_in(alice.email)
    visitor.wait_for_path("/tags")
    expect(tag(visitor, "Mine")).to_be_visible()


@once
def test_a_refused_upload_gets_its_response_through_the_front_end(site: Site, alice: Person):
    path = f"{site.url}/backend/api/v1/{alice.uuid}/tasks/import"
    with local_session() as http:
        for headers, status in (
            ({"Content-Type": "text/csv"}, 401),
            ({"Content-Type": "text/plain", "Authorization": f"Bearer {alice.token}"}, 415),
        ):
            for _ in range(10):
                response = http.post(path, data=b"x" * 4_000_000, headers=headers, timeout=60)
                assert response.status_code == status


@once
def test_the_location_of_a_new_task_is_right_through_the_front_end(site: Site, alice: Person):
    url = f"{site.url}/backend/api/v1/{alice.uuid}/tasks"
    headers = {"Authorization": f"Bearer {alice.token}"}
    with local_session() as http:
        created = http.post(url, json={"title": "x"}, headers=headers, timeout=60)
        location = urljoin(url, created.headers["Location"])
        assert http.get(location, headers=headers, timeout=60).json() == created.json()
