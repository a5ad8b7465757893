"""A front end whose browsers ask the service themselves, from another origin."""

from playwright.sync_api import expect
from support.browser import Visit, once, running_site
from support.processes import NewDatabase


@once
def test_all_works_without_the_way_through_the_front_end(
    visit: Visit, database_kind: str, new_database: NewDatabase
):
    with running_site(new_database(database_kind), is_direct=True) as site:
        visitor = visit(site, site.sign_up("Alice"))
        asked: list[str] = []
        visitor.page.on("request", lambda request: asked.append(request.url))
        page = visitor.goto("/dashboard")
        page.get_by_label("New task").fill("Water the tomatoes")
        with page.expect_response(lambda answer: answer.status == 201):
            page.keyboard.press("Enter")
        visitor.button("Done: Water the tomatoes").click()
        expect(page.get_by_role("heading", name="Nothing left to do")).to_be_visible()
        api = [url for url in asked if "/api/v1/" in url]
        assert len(api) > 3
        assert [url for url in api if not url.startswith(f"{site.service.url}/")] == []
