"""The official ChatKit window, which a setting turns on. Its script is a stub of the element."""

from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from playwright.sync_api import Locator, Route, expect
from support.browser import Site, Visit, Visitor, once, running_site
from support.processes import NewDatabase, Person

SCRIPT = "https://cdn.platform.openai.com/deployments/chatkit/chatkit.js"
DOMAIN_KEY = "domain_pk_localhost"
# Keeps the options as the real element does, and adds the frame that the real element adds.
STUB = """
customElements.define("openai-chatkit", class extends HTMLElement {
  connectedCallback() {
    this.frame = document.createElement("iframe");
    this.frame.src = "https://cdn.platform.openai.com/deployments/chatkit/index.html";
    this.frame.addEventListener("load", () => this.dispatchEvent(new CustomEvent("chatkit.ready")));
    this.append(this.frame);
  }
  setOptions(options) { this.options = options; }
  focusComposer() {}
  setComposerValue({ text }) { this.setAttribute("data-draft", text); }
});
"""
# Sends a message by the `fetch` of the options, in each form in which a caller may use `fetch`.
SEND = """async ([text, form]) => {
  const { api } = document.querySelector("openai-chatkit").options;
  const input = { content: [{ type: "input_text", text }], attachments: [], quoted_text: null,
                  inference_options: {} };
  const body = JSON.stringify({ type: "threads.create", params: { input } });
  const init = { method: "POST", body, headers: { "Content-Type": "application/json" } };
  if (form === "headers") init.headers = new Headers(init.headers);
  const response = form === "request" ? await api.fetch(new Request(api.url, init))
                                      : await api.fetch(api.url, init);
  return [response.status, await response.text()];
}"""
EFFECT = """name => document.querySelector("openai-chatkit").dispatchEvent(
  new CustomEvent("chatkit.effect", { detail: { name, data: {} } }))"""
OPTIONS = """() => {
  const { options } = document.querySelector("openai-chatkit");
  return [JSON.stringify(options), options.api];
}"""


@pytest.fixture(scope="module")
def site(database_kind: str, new_database: NewDatabase) -> Iterator[Site]:
    """A site with the official window. Tokens are used for 3 s, 30 s before they expire."""
    settings = {"CHATKIT_DOMAIN_KEY": DOMAIN_KEY, "JWT_EXPIRATION": "33s"}
    with running_site(new_database(database_kind), settings, with_chat_server=True) as site:
        yield site


@pytest.fixture
def requested(at: Visitor) -> list[str]:
    """The requests of the page to the host of the window, whose script is a stub."""
    urls: list[str] = []
    at.expect_error("a request to https://cdn.platform.openai.com/")

    def serve(route: Route) -> None:
        urls.append(route.request.url)
        is_script = route.request.url == SCRIPT
        content_type = "text/javascript" if is_script else "text/html"
        route.fulfill(body=STUB if is_script else "", content_type=content_type)

    at.context.route("https://cdn.platform.openai.com/**", serve)
    return urls


@pytest.fixture
def at(visit: Visit, site: Site, alice: Person) -> Visitor:
    """A browser in which Alice is signed in."""
    return visit(site, alice)


def panel(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("complementary", name="Assistant")


def open_window(visitor: Visitor) -> Locator:
    visitor.goto("/dashboard")
    visitor.page.keyboard.press("a")
    visitor.button("Load the window").click()
    window = visitor.page.locator("openai-chatkit")
    expect(window).to_be_visible()
    return window


def options(visitor: Visitor) -> tuple[str, dict[str, Any]]:
    visitor.page.wait_for_function("document.querySelector('openai-chatkit').options")
    text, api = visitor.page.evaluate(OPTIONS)
    return text, api


@once
def test_nothing_is_loaded_before_the_user_agrees(at: Visitor, requested: list[str]):
    page = at.goto("/dashboard")
    page.keyboard.press("a")
    expect(panel(at)).to_contain_text("cdn.platform.openai.com")
    at.settle()
    assert at.axe() == []
    assert requested == []
    at.button("Load the window").click()
    expect(page.locator("openai-chatkit")).to_be_visible()
    assert requested[0] == SCRIPT
    # The answer is remembered.
    page.reload()
    expect(page.locator("openai-chatkit")).to_be_visible()
    assert requested.count(SCRIPT) == 2


@once
def test_the_built_in_panel_can_be_chosen(at: Visitor, requested: list[str]):
    page = at.goto("/dashboard")
    page.keyboard.press("a")
    at.button("Use the built-in panel").click()
    expect(page.get_by_label("Message to the assistant")).to_be_visible()
    assert requested == []


@once
def test_the_built_in_panel_is_shown_if_the_script_can_not_be_loaded(at: Visitor):
    at.expect_error("cdn.platform.openai.com|ERR_FAILED")
    at.context.route("https://cdn.platform.openai.com/**", lambda route: route.abort())
    page = at.goto("/dashboard")
    page.keyboard.press("a")
    at.button("Load the window").click()
    expect(page.get_by_label("Message to the assistant")).to_be_visible()


@once
def test_the_built_in_panel_is_shown_if_the_script_does_not_come(at: Visitor):
    at.expect_error("cdn.platform.openai.com")
    at.context.route(SCRIPT, lambda route: route.fulfill(body="", content_type="text/javascript"))
    at.page.clock.install()
    page = at.goto("/dashboard")
    page.keyboard.press("a")
    with page.expect_request(SCRIPT):
        at.button("Load the window").click()
    expect(page.get_by_label("Message to the assistant")).to_have_count(0)
    page.clock.fast_forward("00:11")
    expect(page.get_by_label("Message to the assistant")).to_be_visible()


@once
def test_the_window_may_add_its_frame(at: Visitor, requested: list[str]):
    open_window(at)
    at.page.wait_for_load_state("networkidle")
    # A violation of the policy would be an error on the console, which fails the test.
    assert requested == [SCRIPT, "https://cdn.platform.openai.com/deployments/chatkit/index.html"]


@once
def test_each_request_of_the_window_carries_a_new_token(
    at: Visitor, site: Site, requested: list[str]
):
    assert site.chat is not None
    site.chat.exchanges.clear()
    open_window(at)
    text, api = options(at)
    assert api["domainKey"] == DOMAIN_KEY
    assert api["url"].startswith(f"{site.url}/backend/api/v1/")
    assert "eyJ" not in text
    for number, form in enumerate(("plain", "headers", "request")):
        status, events = at.page.evaluate(SEND, [f"task {number} !low", form])
        assert status == 200
        assert "1 task added" in events
        at.page.wait_for_timeout(1_600)
    keys = jwt.PyJWKClient(f"{site.url}/api/auth/jwks")
    tokens = []
    for exchange in site.chat.exchanges:
        scheme, token = exchange.authorization.split(" ")
        key = keys.get_signing_key_from_jwt(token).key
        jwt.decode(token, key, algorithms=["EdDSA"], issuer=site.url, audience=site.url)
        assert scheme == "Bearer"
        tokens.append(token)
    assert len(tokens) == 3
    assert len(set(tokens)) > 1
    expect(at.page.locator("main [data-title]")).to_have_count(0)
    at.page.evaluate(EFFECT, "tasks.changed")
    expect(at.page.locator("main [data-title]")).to_have_text(["task 2", "task 1", "task 0"])


@once
def test_the_token_is_sent_to_the_endpoint_only(at: Visitor, site: Site, requested: list[str]):
    open_window(at)
    options(at)
    for url in ("https://evil.example/", f"{site.url}/backend/api/v1/me"):
        error = at.page.evaluate(
            "url => document.querySelector('openai-chatkit').options.api.fetch(url)"
            ".then(String, (error) => error.message)",
            url,
        )
        assert error == f"A request to {url} is not allowed"


@once
def test_the_window_gets_the_question_about_selected_tasks(
    at: Visitor, site: Site, alice: Person, requested: list[str]
):
    site.client(alice).make("/tasks", title="Pay rent")
    window = open_window(at)
    at.button("Select").click()
    at.page.get_by_label("Select “Pay rent”").check()
    at.button("Ask about these").click()
    expect(window).to_have_attribute("data-draft", "About “Pay rent”: ")
