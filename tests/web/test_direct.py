"""A front end whose browsers call the service directly, on another origin."""

from playwright.sync_api import expect
from support.browser import Visit, once, running_site
from support.processes import NewDatabase


@once
def test_browsers_can_call_the_service_directly(
    visit: Visit, database_kind: str, new_database: NewDatabase
):
    with running_site(new_database(database_kind), is_direct=True) as site:
        visitor = visit(site, site.sign_up("Alice"))
        urls: list[str] = []
        visitor.page.on("request", lambda request: urls.append(request.url))
        page = visitor.goto("/dashboard")
        page.get_by_label("New task").fill("Water the tomatoes")
        with page.expect_response(lambda response: response.status == 201):
            page.keyboard.press("Enter")
        visitor.button("Complete “Water the tomatoes”").click()
        expect(page.get_by_role("heading", name="Nothing left to do")).to_be_visible()
        page.get_by_role("button", name="Assistant", exact=True).click()
        page.get_by_label("Message to the assistant").fill("mow the lawn !low")
        page.keyboard.press("Enter")
        expect(page.get_by_role("group", name="1 task added")).to_be_visible()
        assert any(url.split("?")[0].endswith("/chat") for url in urls)
        api = [url for url in urls if "/api/v1/" in url]
        assert len(api) > 3
        assert [url for url in api if not url.startswith(f"{site.service.url}/api/v1/")] == []
