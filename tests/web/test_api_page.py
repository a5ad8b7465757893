"""The API documentation page in a browser: it loads completely, and users can try a call."""

from playwright.sync_api import Browser, expect
from support.browser import Site, once
from support.processes import Person


@once
def test_the_page_loads_and_a_call_can_be_tried(browser: Browser, site: Site, alice: Person):
    log: list[str] = []
    with browser.new_context() as context:
        context.on("request", lambda request: log.append(request.url))
        context.on("console", lambda message: log.append(f"{message.type}: {message.text}"))
        page = context.new_page()
        page.goto(f"{site.service.url}/api/docs")
        page.get_by_role("button", name="Authorize").click()
        page.get_by_role("textbox", name="auth-bearer-value").fill(site.web.token(alice))
        page.get_by_label("Apply credentials").click()
        page.get_by_role("button", name="Close", exact=True).click()
        operation = page.locator("#operations-me-me_show")
        operation.get_by_role("button").first.click()
        operation.get_by_role("button", name="Try it out").click()
        operation.get_by_role("button", name="Execute").click()
        response = operation.locator(".live-responses-table .response")
        expect(response).to_contain_text("200")
        expect(response).to_contain_text(alice.email)
    own = (f"{site.service.url}/", "data:")
    assert [line for line in log if not line.startswith(own)] == []
