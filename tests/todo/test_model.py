"""Stateful test: after random requests of three users, the service equals an in-memory model."""

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from support.client import Client, expect
from support.processes import Gunicorn, Issuer

NAMES = ["Home", "HOME", "home", "Work", "Straße", "STRASSE"]
PEOPLE = st.integers(0, 2)
PICK = st.integers(0, 1000)
# Days and times of two days, as the service returns them.
DAYS = st.sampled_from(["2030-01-31", "2030-02-01"])
DUE = DAYS | st.builds("{}T{}:00:00Z".format, DAYS, st.sampled_from(["00", "11", "12", "23"]))
FIELDS = st.fixed_dictionaries(
    {"title": st.sampled_from(["a", "B", "ä", "100%", "x_y"])},
    optional={
        "description": st.none() | st.sampled_from(["", "milk", "MILK"]),
        "completed": st.booleans(),
        "priority": st.sampled_from(["low", "medium", "high", None]),
        "due_date": st.none() | DUE,
    },
)
SHOWN = ("title", "description", "completed", "priority", "due_date")
DEFAULTS = {"description": None, "completed": False, "priority": None, "due_date": None}


class Person:
    """The expected state of one user: tasks by ID, in order of creation, and tag names by ID."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.tasks: dict[str, dict[str, Any]] = {}
        self.trash: dict[str, dict[str, Any]] = {}
        self.created: list[str] = []
        self.tags: dict[str, str] = {}

    def restore(self, task_id: str) -> None:
        """Move a task from the trash to its former place."""
        self.tasks[task_id] = self.trash.pop(task_id)
        self.tasks = {one: self.tasks[one] for one in self.created if one in self.tasks}

    def holds(self, name: str, but: str = "") -> bool:
        return any(
            name.casefold() == other.casefold()
            for tag_id, other in self.tags.items()
            if tag_id != but
        )


def choose(items: Any, pick: int) -> str:
    """Return one of the IDs, or sometimes an unknown ID."""
    known = list(items)
    return known[pick % len(known)] if known and pick % 11 else str(uuid4())


def plain(text: str) -> str:
    """Return ``text`` as a search compares it; enough for the texts of this model."""
    return text.casefold().replace("ä", "a")


def local_day(due: str, zone: timezone) -> str:
    """Return the day of a due date in ``zone``; a day is the same day everywhere."""
    return datetime.fromisoformat(due).astimezone(zone).date().isoformat() if "T" in due else due


class People(RuleBasedStateMachine):
    """State machine with the requests that three users send in random order."""

    service: Gunicorn
    issuer: Issuer

    @initialize()
    def sign_up(self) -> None:
        self.people = [
            Person(Client(self.service.url, self.issuer.sign_up(name)))
            for name in ("Ada", "Bob", "Cy")
        ]

    @rule(who=PEOPLE, fields=FIELDS, pick=PICK)
    def create_task(self, who: int, fields: dict[str, Any], pick: int) -> None:
        person = self.people[who]
        tags = {choose(self.people[pick % 3].tags, pick)} if pick % 2 else set()
        response = person.client.ask("POST", "/tasks", json=fields | {"tag_ids": list(tags)})
        if not tags <= person.tags.keys():
            assert response.status_code == 422
            return
        task_id = expect(201, response)["id"]
        person.tasks[task_id] = DEFAULTS | fields | {"tags": tags}
        person.created.append(task_id)

    @rule(who=PEOPLE, owner=PEOPLE, changes=FIELDS, pick=PICK, replaces=st.booleans())
    def change_task(
        self, who: int, owner: int, changes: dict[str, Any], pick: int, *, replaces: bool
    ) -> None:
        person, task_id = self.people[who], choose(self.people[owner].tasks, pick)
        method = "PUT" if replaces else "PATCH"
        response = person.client.ask(method, f"/tasks/{task_id}", json=changes)
        if task_id not in person.tasks:
            assert response.status_code == 404
            return
        expect(200, response)
        if replaces:
            person.tasks[task_id].update(DEFAULTS | {"tags": set()})
        person.tasks[task_id].update(changes)

    @rule(who=PEOPLE, owner=PEOPLE, pick=PICK)
    def delete_task(self, who: int, owner: int, pick: int) -> None:
        person, task_id = self.people[who], choose(self.people[owner].tasks, pick)
        known = person.tasks.pop(task_id, None)
        response = person.client.ask("DELETE", f"/tasks/{task_id}")
        assert response.status_code == (404 if known is None else 204)
        if known is None:
            return
        person.trash[task_id] = known
        if pick % 3 == 0:
            path = f"/changes/{response.headers['Change-Id']}/undo"
            expect(200, person.client.ask("POST", path))
            person.restore(task_id)

    @rule(who=PEOPLE, owner=PEOPLE, pick=PICK)
    def restore_task(self, who: int, owner: int, pick: int) -> None:
        person, task_id = self.people[who], choose(self.people[owner].trash, pick)
        status = person.client.ask("POST", f"/trash/{task_id}/restore").status_code
        assert status == (200 if task_id in person.trash else 404)
        if task_id in person.trash:
            person.restore(task_id)

    @rule(who=PEOPLE, name=st.sampled_from(NAMES))
    def create_tag(self, who: int, name: str) -> None:
        person = self.people[who]
        response = person.client.ask("POST", "/tags", json={"name": name})
        if person.holds(name):
            assert response.status_code == 409
        else:
            person.tags[expect(201, response)["id"]] = name

    @rule(who=PEOPLE, owner=PEOPLE, pick=PICK, name=st.sampled_from(NAMES))
    def rename_tag(self, who: int, owner: int, pick: int, name: str) -> None:
        person, tag_id = self.people[who], choose(self.people[owner].tags, pick)
        status = person.client.ask("PATCH", f"/tags/{tag_id}", json={"name": name}).status_code
        if tag_id not in person.tags:
            assert status == 404
        elif person.holds(name, but=tag_id):
            assert status == 409
        else:
            assert status == 200
            person.tags[tag_id] = name

    @rule(who=PEOPLE, owner=PEOPLE, pick=PICK)
    def delete_tag(self, who: int, owner: int, pick: int) -> None:
        person, tag_id = self.people[who], choose(self.people[owner].tags, pick)
        known = person.tags.pop(tag_id, None)
        status = person.client.ask("DELETE", f"/tags/{tag_id}").status_code
        assert status == (404 if known is None else 204)
        for task in (*person.tasks.values(), *person.trash.values()):
            task["tags"].discard(tag_id)

    @rule(who=PEOPLE, owner=PEOPLE, task=PICK, tag=PICK, puts=st.booleans())
    def tag_task(self, who: int, owner: int, task: int, tag: int, *, puts: bool) -> None:
        person = self.people[who]
        task_id = choose(self.people[owner].tasks, task)
        tag_id = choose(self.people[(owner + tag) % 3].tags, tag)
        path = f"/tasks/{task_id}/tags"
        if puts:
            response = person.client.ask("POST", path, json={"tag_id": tag_id})
        else:
            response = person.client.ask("DELETE", f"{path}/{tag_id}")
        if task_id not in person.tasks or tag_id not in person.tags:
            assert response.status_code == 404
            return
        tags = person.tasks[task_id]["tags"]
        assert response.status_code == ((200 if tag_id in tags else 201) if puts else 204)
        (tags.add if puts else tags.discard)(tag_id)

    @rule(who=PEOPLE, owner=PEOPLE, picks=st.lists(PICK, min_size=1, max_size=3))
    def complete_many(self, who: int, owner: int, picks: list[int]) -> None:
        person = self.people[who]
        task_ids = list({choose(self.people[owner].tasks, pick) for pick in picks})
        body = {"action": "complete", "task_ids": task_ids}
        response = person.client.ask("POST", "/tasks/bulk", json=body)
        if set(task_ids) - person.tasks.keys():
            assert set(expect(404, response)["unknown"]) == set(task_ids) - person.tasks.keys()
            return
        open_ones = [one for one in task_ids if not person.tasks[one]["completed"]]
        assert expect(200, response)["changed"] == len(open_ones)
        for task_id in task_ids:
            person.tasks[task_id]["completed"] = True

    @rule(who=PEOPLE, search=st.sampled_from(["A", "Ä", "%", "_", "milk", "0"]))
    def search(self, who: int, search: str) -> None:
        person = self.people[who]
        wanted = plain(search)
        expected = {
            task_id
            for task_id, task in person.tasks.items()
            if wanted in plain(f"{task['title']}\n{task['description'] or ''}")
        }
        listed = person.client.ask("GET", "/tasks", params={"search": search, "limit": 100})
        assert {task["id"] for task in expect(200, listed)["items"]} == expected

    @rule(who=PEOPLE, day=DAYS, hours=st.sampled_from([-12, 0, 1, 12]))
    def due_before(self, who: int, day: str, hours: int) -> None:
        person = self.people[who]
        zone = timezone(timedelta(hours=hours))
        expected = {
            task_id
            for task_id, task in person.tasks.items()
            if task["due_date"] and local_day(task["due_date"], zone) < day
        }
        tz = f"Etc/GMT{-hours:+d}"  # the sign is reversed in these names
        params = {"due_before": day, "tz": tz, "limit": 100}
        listed = person.client.ask("GET", "/tasks", params=params)
        assert {task["id"] for task in expect(200, listed)["items"]} == expected

    @rule(who=PEOPLE, order=st.sampled_from(["asc", "desc"]))
    def sort_by_due_date(self, who: int, order: str) -> None:
        person = self.people[who]
        # A day is sorted by its midnight in UTC.
        due = {
            task_id: (f"{task['due_date']}T00:00:00Z"[:20], task_id)
            for task_id, task in person.tasks.items()
            if task["due_date"]
        }
        expected = sorted(due, key=lambda task_id: due[task_id], reverse=order == "desc")
        found: list[str] = []
        params = {"sort_by": "due_date", "order": order, "has_due_date": "true", "limit": "2"}
        while True:
            page = expect(200, person.client.ask("GET", "/tasks", params=params))
            found += [task["id"] for task in page["items"]]
            if page["next_cursor"] is None:
                break
            params["cursor"] = page["next_cursor"]
        assert found == expected

    @invariant()
    def service_equals_model(self) -> None:
        for person in getattr(self, "people", []):
            listed = person.client.read("/tasks?limit=100&order=asc")
            assert listed["total"] == len(person.tasks)
            found = {
                task["id"]: {name: task[name] for name in SHOWN}
                | {"tags": {tag["id"] for tag in task["tags"]}}
                for task in listed["items"]
            }
            assert list(found.items()) == list(person.tasks.items())
            trashed = person.client.read("/trash?limit=100")["items"]
            assert {item["task"]["id"] for item in trashed} == person.trash.keys()
            tags = {tag["id"]: tag for tag in person.client.read("/tags?limit=100")["items"]}
            assert {tag_id: tag["name"] for tag_id, tag in tags.items()} == person.tags
            for tag_id, tag in tags.items():
                uses = sum(tag_id in task["tags"] for task in person.tasks.values())
                assert tag["task_count"] == uses


@pytest.mark.timeout(600)
def test_the_service_always_equals_the_model(service: Gunicorn, better_auth: Issuer):
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        type("Bound", (People,), {"service": service, "issuer": better_auth}),
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
