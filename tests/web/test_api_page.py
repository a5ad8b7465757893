"""The page of the API in a browser: it is whole, and a call can be tried from it."""

from playwright.sync_api import Browser, expect
from support.browser import Site, once
from support.processes import Person


@once
def test_a_newcomer_can_read_the_page_and_try_a_call(browser: Browser, site: Site, alice: Person):
    seen: list[str] = []
    with browser.new_context() as context:
        context.on("request", lambda request: seen.append(request.url))
        context.on("console", lambda message: seen.append(f"{message.type}: {message.text}"))
        page = context.new_page()
        page.goto(f"{site.service.url}/api/docs")
        page.get_by_role("button", name="Authorize").click()
        page.get_by_role("textbox", name="auth-bearer-value").fill(site.web.token(alice))
        page.get_by_label("Apply credentials").click()
        page.get_by_role("button", name="Close", exact=True).click()
        operation = page.locator("#operations-me-me_read")
        operation.get_by_role("button").first.click()
        operation.get_by_role("button", name="Try it out").click()
        operation.get_by_role("button", name="Execute").click()
        answer = operation.locator(".live-responses-table .response")
        expect(answer).to_contain_text("200")
        expect(answer).to_contain_text(alice.email)
    own = (f"{site.service.url}/", "data:")
    assert [one for one in seen if not one.startswith(own)] == []
