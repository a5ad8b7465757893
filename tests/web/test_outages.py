"""What a page that is open goes through: tokens that end, new keys, and servers that are down."""

import jwt
import pytest
from playwright.sync_api import Locator, Page, Request, Response, Route, expect
from support.browser import Site, Visit, Visitor, once, running_site
from support.processes import NewDatabase, Person


@pytest.fixture
def database(database_kind: str, new_database: NewDatabase) -> str:
    return new_database(database_kind)


class Asked:
    """What a page asked for: with which tokens, and what was refused."""

    def __init__(self, page: Page) -> None:
        self.tokens: list[str] = []
        self.refused: list[str] = []
        page.on("request", self._on_request)
        page.on("response", self._on_response)

    def _on_request(self, request: Request) -> None:
        header = request.headers.get("authorization", "")
        if header and header.removeprefix("Bearer ") not in self.tokens:
            self.tokens.append(header.removeprefix("Bearer "))

    def _on_response(self, response: Response) -> None:
        if response.status in (401, 503):
            self.refused.append(f"{response.status} {response.url}")


def make_tag(visitor: Visitor, name: str) -> None:
    """Have an open page ask the service once more."""
    visitor.button("New tag").click()
    visitor.page.get_by_label("Name").fill(name)
    visitor.button("Make the tag").click()
    expect(tag(visitor, name)).to_be_visible()


def tag(visitor: Visitor, name: str) -> Locator:
    return visitor.page.get_by_role("main").get_by_role("listitem").filter(has_text=name)


def test_a_token_that_ends_is_renewed_unnoticed(visit: Visit, database: str):
    settings = {"JWT_EXPIRATION": "33s"}  # one is used for three seconds, as others for minutes
    with running_site(database, settings, {"BETTER_AUTH_LEEWAY": "0"}) as site:
        visitor = visit(site, site.sign_up("Alice"))
        asked = Asked(visitor.page)
        visitor.goto("/tags")
        make_tag(visitor, "First")
        assert len(asked.tokens) == 1
        visitor.page.wait_for_timeout(3_000)
        make_tag(visitor, "Second")
        assert len(asked.tokens) == 2
        assert asked.refused == []


def test_tokens_of_a_few_seconds_are_as_good(visit: Visit, database: str):
    settings = {"JWT_EXPIRATION": "2s", "JWT_ROTATION_SECONDS": "1"}
    with running_site(database, settings, {"BETTER_AUTH_LEEWAY": "0"}) as site:
        visitor = visit(site, site.sign_up("Alice"))
        asked = Asked(visitor.page)
        visitor.goto("/tags")
        for name in ("First", "Second", "Third"):
            make_tag(visitor, name)
            visitor.page.wait_for_timeout(2_000)
        assert len({jwt.get_unverified_header(token)["kid"] for token in asked.tokens}) > 2
        assert asked.refused == []


@once
def test_a_token_of_a_key_that_is_gone_is_replaced_after_one_refusal(
    visit: Visit, site: Site, alice: Person
):
    """As after a restore: the page's token is good by its times, yet no longer accepted."""
    visitor = visit(site, alice)
    asked = Asked(visitor.page)
    visitor.goto("/tags")
    make_tag(visitor, "First")
    visitor.expect_fault("status of 401")
    spoil_next_token(visitor.page)
    make_tag(visitor, "Second")
    assert [line[:3] for line in asked.refused] == ["401"]


def spoil_next_token(page: Page) -> None:
    """Have the next request to the service carry a token that is no longer good."""

    def spoil(route: Route, request: Request) -> None:
        token = request.headers["authorization"][:-8]
        route.continue_(headers={**request.headers, "authorization": token})

    page.route("**/backend/**", spoil, times=1)


@once
def test_while_the_service_is_down_the_page_says_so_and_goes_on(
    visit: Visit, site: Site, alice: Person
):
    visitor = visit(site, alice)
    page = visitor.goto("/tags")
    make_tag(visitor, "Before")
    visitor.expect_fault("status of 503")
    site.service.stop()
    try:
        page = visitor.goto("/tags")
        notice = page.get_by_role("main").get_by_role("alert")
        expect(notice).to_contain_text("The task service is not answering")
    finally:
        site.service.start()
    visitor.button("Try again").click()
    expect(tag(visitor, "Before")).to_be_visible()
    make_tag(visitor, "After")


@once
def test_offline_is_told_apart(visit: Visit, site: Site, alice: Person):
    visitor = visit(site, alice)
    page = visitor.goto("/tags")
    visitor.button("New tag").click()
    page.get_by_label("Name").fill("Offline")
    visitor.expect_fault("ERR_INTERNET_DISCONNECTED")
    visitor.context.set_offline(True)
    visitor.button("Make the tag").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("You are offline")
    visitor.context.set_offline(False)
    visitor.button("Make the tag").click()
    expect(tag(visitor, "Offline")).to_be_visible()


@once
def test_a_session_that_ended_elsewhere_leads_to_the_sign_in_and_back(
    visit: Visit, site: Site, alice: Person
):
    visitor = visit(site, alice)
    visitor.page.clock.install()
    visitor.goto("/tags")
    make_tag(visitor, "Mine")
    site.web.sign_out(alice)
    visitor.page.clock.fast_forward("20:00")  # past the end of the token that the page has
    visitor.expect_fault("status of 401")
    visitor.button("New tag").click()
    visitor.page.get_by_label("Name").fill("Another")
    visitor.button("Make the tag").click()
    visitor.is_at("/sign-in")
    visitor.sign_in(alice.email)
    visitor.is_at("/tags")
    expect(tag(visitor, "Mine")).to_be_visible()
