"""Query plans: lists use an index and do not sort all tasks of a user."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from support.client import on, upgrade, verified_user
from support.processes import NewDatabase

from bridge import User
from config import from_env
from todo import create_app
from todo.api.requests import TaskQuery
from todo.store import tags, task_list, tasks
from todo.store.session import db, read, write
from todo.store.tables import PRIORITIES, SORT_KEYS
from todo.store.task_list import (
    TaskListQuery,
    TaskPage,
    _shape,
    _start,
    _statement,
    _values,
)


def person(number: int) -> User:
    return verified_user(UUID(int=number))


ADA = person(1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
# Enough users that a full table scan costs more than an index scan for one user.
USERS, TASKS = 20, 400
FILTERS = [
    "status=active",
    "status=completed&sort_by=due_date&order=asc",
    "priority=high",
    "priority=low&priority=none",
    "tag=Home",
    "tag=none",
    "tag=Home&tag=00000000-0000-0000-0000-000000000009&tag_match=all",
    "due_before=2030-01-01T00:00:00Z",
    "due_after=2024-12-31&due_before=2025-01-02&sort_by=due_date&tz=Pacific/Kiritimati",
    "due_before=2025-01-02&sort_by=due_date&order=asc&status=active",
    "due_after=2020-01-01T00:00:00Z&due_before=2030-01-01T00:00:00Z&sort_by=due_date",
    "has_due_date=true",
    "has_due_date=false",
    "has_due_date=false&sort_by=due_date&order=asc",
    "overdue=true",
    "overdue=true&sort_by=due_date&order=asc&tz=Etc/GMT+12",
    "overdue=false",
    "search=x",
    "search=x 1 é",
    "search=#home",
]
ORDERS = [
    f"sort_by={sort_by}&order={order}" for sort_by, order in product(SORT_KEYS, ("asc", "desc"))
]


@pytest.fixture(scope="module")
def app(database_kind: str, new_database: NewDatabase) -> Iterator[Flask]:
    """The application in this process, on a database with tasks of many users."""
    env = {"DATABASE_URL": new_database(database_kind), "BETTER_AUTH_URL": "http://localhost:9"}
    upgrade(env)
    app = create_app(from_env(env))
    with app.app_context():
        for number in range(USERS):
            fill(person(1 + number))
        analyze()
        yield app
        db.engine.dispose()


def fill(user: User) -> None:
    due = (None, date(2025, 1, 1), datetime(2025, 1, 1, tzinfo=UTC))
    with write(user) as transaction:
        home = tags.find_or_create(transaction, ["Home"])["home"]
        tasks.create(
            transaction,
            [
                {
                    "title": f"x{number}",
                    "description": None,
                    "completed": bool(number % 2),
                    "priority": (*PRIORITIES, None)[number % 4],
                    "due_date": due[number % 3],
                    "tags": [home] if number % 5 == 0 else [],
                }
                for number in range(TASKS)
            ],
        )


def analyze() -> None:
    with db.engine.connect() as connection:
        is_postgresql = connection.dialect.name == "postgresql"
        connection.exec_driver_sql("VACUUM ANALYZE" if is_postgresql else "ANALYZE")


def query_of(text: str) -> TaskListQuery:
    values: dict[str, list[str]] = {}
    for part in text.split("&"):
        name, _, value = part.partition("=")
        values.setdefault(name, []).append(value)
    return TaskListQuery(**dict(TaskQuery.model_validate(values)))


def page_of(query: TaskListQuery) -> TaskPage:
    with read(ADA) as reader:
        return task_list.page(reader, query)


def plan_of(query: TaskListQuery, start: str = "") -> list[str]:
    """Return the plan steps that select the tasks of a page, without the steps that load tags."""
    begins, _, last = _start(query)
    statement = _statement(_shape(query, start or begins))
    with db.engine.connect() as connection:
        compiled = statement.compiled(connection.dialect)
        values = _values(query, NOW) | {"word0_tags": [ADA.uuid]}
        parameters = compiled.parameters({"owner_id": ADA.uuid, **last, **values})
        driver: Any = connection.connection.driver_connection
        if connection.dialect.name == "sqlite":
            return steps_of_sqlite(
                driver.execute(f"EXPLAIN QUERY PLAN {compiled.sql}", parameters).fetchall()
            )
        ((plan,),) = driver.execute(f"EXPLAIN (FORMAT JSON) {compiled.sql}", parameters).fetchall()
        return [step for part in limits_of(plan[0]["Plan"]) for step in steps_of(part)]


def steps_of_sqlite(rows: list[tuple[int, int, int, str]]) -> list[str]:
    ours = {
        number for number, _, _, step in rows if step in ("MATERIALIZE task", "CO-ROUTINE task")
    }
    for number, parent, _, _ in rows:
        if parent in ours:
            ours.add(number)
    return [step for number, _, _, step in rows if number in ours][1:]


def limits_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the parts of a plan below a Limit node: the page and the count."""
    if plan["Node Type"] == "Limit":
        yield plan
        return
    for part in plan.get("Plans", ()):
        yield from limits_of(part)


def steps_of(plan: dict[str, Any]) -> Iterator[str]:
    names = (plan["Node Type"], plan.get("Relation Name"), plan.get("Index Name"))
    yield " ".join(name for name in names if name)
    for part in plan.get("Plans", ()):
        yield from steps_of(part)


def scans_or_sorts(steps: list[str]) -> list[str]:
    assert any("Index" in step or "INDEX" in step for step in steps), steps
    bad = ("Seq Scan on tasks", "Seq Scan tasks", "Sort", "Incremental Sort", "TEMP B-TREE", "SCAN")
    return [step for step in steps if any(name in step for name in bad)]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("order", ORDERS)
def test_each_sort_order_uses_an_index(order: str):
    query = query_of(order)
    assert scans_or_sorts(plan_of(query)) == []
    cursor = page_of(query).next_cursor
    assert cursor is not None
    assert scans_or_sorts(plan_of(query_of(f"{order}&cursor={cursor}"))) == []


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort_by", ["due_date", "priority"])
def test_tasks_without_the_sort_key_are_found_by_an_index(sort_by: str, order: str):
    for start in ("first null", "null"):
        query = query_of(f"sort_by={sort_by}&order={order}")
        if start == "null":
            last = end_of(query)
            query = query_of(f"sort_by={sort_by}&order={order}&cursor={last}")
        assert scans_or_sorts(plan_of(query, start)) == []


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("order", ORDERS)
def test_active_tasks_are_found_by_a_partial_index(order: str):
    first = f"status=active&{order}"
    for query in (first, f"{first}&cursor={page_of(query_of(first)).next_cursor}"):
        steps = plan_of(query_of(query))
        assert scans_or_sorts(steps) == []
        assert [step for step in steps if "ix_tasks_active" in step]


def end_of(query: TaskListQuery) -> str:
    """Return a cursor at a task whose sort key is missing."""
    cursor = ""
    while True:
        page = page_of(replace(query, cursor=cursor, limit=30))
        assert page.next_cursor is not None
        if getattr(page.tasks[-1], query.sort_by) is None:
            return page.next_cursor
        cursor = page.next_cursor


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("query", FILTERS)
def test_filtered_lists_use_an_index(query: str):
    steps = plan_of(query_of(query))
    assert [step for step in scans_or_sorts(steps) if "tasks" in step.lower()] == []


@pytest.mark.usefixtures("app")
@on("postgresql")
def test_tasks_with_a_tag_are_found_by_an_index_only_scan():
    steps = plan_of(query_of("tag=Home"))
    assert "Index Only Scan task_tags ix_task_tags_tag" in steps
