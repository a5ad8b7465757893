"""The store without HTTP: connections, transactions and the statements that they run."""

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select
from support.client import Client, expect, flask
from support.processes import ROOT, Gunicorn

from bridge import User
from todo.store import counts, session, tags, task_list, tasks
from todo.store.errors import NotFound, TagNameTaken, TooManyTags, UserUnknown, UserWithoutUuid
from todo.store.records import Task
from todo.store.session import db, find_user, read, write
from todo.store.statements import Statement
from todo.store.tables import MAX_TAGS_OF_TASK
from todo.store.task_list import TaskListQuery

NEW_TASK: dict[str, Any] = {
    "title": "Water the plants",
    "description": None,
    "completed": False,
    "priority": "high",
    "due_date": None,
    "tags": [],
}


def create(user: User, **values: Any) -> Task:
    with write(user) as transaction:
        (task,) = tasks.create(transaction, [NEW_TASK | values])
    return task


def titles(user: User) -> list[str]:
    with read(user) as reader:
        return [task.title for task in task_list.page(reader, TaskListQuery()).tasks]


def test_the_store_works_without_a_request(ada: User):
    with write(ada) as transaction:
        tag = tags.find_for_task(transaction, tags.create(transaction, "Home", None).id)
        (task,) = tasks.create(transaction, [NEW_TASK])
        task = tasks.update(transaction, task, {"tags": tasks.with_tag(task, tag)})
    with read(ada) as reader:
        assert tasks.find(reader, task.id) == task
        assert task_list.page(reader, TaskListQuery(tag=["home"])).tasks == [task]
        assert [found.task_count for found in tags.every(reader)] == [1]


def test_a_failed_transaction_changes_nothing(ada: User):
    task = create(ada)
    with suppress(NotFound), write(ada) as transaction:
        tasks.update(transaction, task, {"title": "changed"})
        tasks.create(transaction, [NEW_TASK])
        tasks.find(transaction, uuid4())  # sends the earlier writes to the database first
    assert titles(ada) == [task.title]


def test_a_write_that_the_database_refuses_at_the_commit_changes_nothing(ada: User):
    task = create(ada)

    def write_an_empty_title() -> None:
        with write(ada) as transaction:
            tasks.create(transaction, [NEW_TASK])
            tasks.update(transaction, task, {"title": ""})

    with pytest.raises((psycopg.IntegrityError, sqlite3.IntegrityError)):
        write_an_empty_title()
    assert titles(ada) == [task.title]
    create(ada)
    assert totals(ada) == (2, 0)


def test_the_example_for_the_shell_in_the_docs_works(ada: User):
    task = create(ada, priority="low", due_date=datetime(2020, 1, 1, tzinfo=UTC))
    guide = (ROOT / "docs/operations.md").read_text()
    (example,) = re.findall(r"```python\n(# flask.*?)```", guide, re.DOTALL)
    exec(re.sub("[0-9a-f-]{36}", str(ada.uuid), example), {})  # noqa: S102
    with read(ada) as reader:
        assert tasks.find(reader, task.id).priority == "high"


def test_a_transaction_reads_its_own_writes(ada: User):
    with write(ada) as transaction:
        (task,) = tasks.create(transaction, [NEW_TASK])
        assert tasks.find(transaction, task.id) == task
        tasks.delete(transaction, [task])
        with pytest.raises(NotFound):
            tasks.find(transaction, task.id)


def test_transactions_of_a_user_take_turns(ada: User, store: Flask):
    task = create(ada)
    has_begun = Event()

    def rename() -> None:
        with store.app_context():
            has_begun.set()
            with write(ada) as transaction:
                found = tasks.find(transaction, task.id)
                tasks.update(transaction, found, {"title": f"{found.title}, second"})

    with ThreadPoolExecutor(1) as pool:
        with write(ada) as transaction:
            second = pool.submit(rename)
            has_begun.wait()
            found = tasks.find(transaction, task.id)
            tasks.update(transaction, found, {"title": "first"})
        second.result(timeout=20)
    assert titles(ada) == ["first, second"]


def test_a_user_without_a_uuid_is_refused_with_the_fix(store: Flask):
    user = User(id="u1", uuid=None, email=None, name=None, identity="u1", issuer="", claims={})
    fix = r"'u1', but this service needs a UUID; .*generateId"
    with pytest.raises(UserWithoutUuid, match=fix), read(user) as reader:
        tags.every(reader)
    with pytest.raises(UserWithoutUuid, match=fix), write(user):
        pass


def test_commands_find_a_user_by_uuid(ada: User):
    create(ada)
    assert ada.uuid is not None
    assert find_user(ada.uuid) == ada
    with pytest.raises(UserUnknown):
        find_user(UUID(int=0))


def test_a_statement_must_name_its_user():
    table = db.metadata.tables["tasks"]
    with pytest.raises(ValueError, match="without its user"):
        Statement(select(table))
    with pytest.raises(ValueError, match="without its user"):
        Statement(table.delete())


def test_an_update_sets_only_the_columns_that_change(alice: Client, app: Flask):
    """A column that a newer release adds keeps its value."""
    task = alice.make("/tasks", title="x")
    title = task["id"]  # unique in the shared database
    with app.app_context(), db.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE tasks ADD COLUMN added text")
        connection.exec_driver_sql("UPDATE tasks SET added = 'kept'")
        alice.ask("PATCH", f"/tasks/{task['id']}", json={"title": "y"})
        alice.ask("PUT", f"/tasks/{task['id']}", json={"title": title, "completed": True})
        alice.ask("POST", "/tasks/bulk", json={"action": "reopen", "task_ids": [task["id"]]})
        kept = f"SELECT completed_at, added FROM tasks WHERE title = '{title}'"
        assert connection.exec_driver_sql(kept).all() == [(None, "kept")]
        connection.exec_driver_sql("ALTER TABLE tasks DROP COLUMN added")


def test_tag_names_are_unique_regardless_of_case(ada: User):
    with write(ada) as transaction:
        home = tags.create(transaction, "Home", None)
        tags.create(transaction, "Work", None)
        assert tags.update(transaction, home, {"name": "HOME"}).name == "HOME"
        for taken in ("work", "home"):
            with pytest.raises(TagNameTaken):
                tags.create(transaction, taken, None)
        with pytest.raises(TagNameTaken):
            tags.update(transaction, home, {"name": "WORK"})


def test_no_change_puts_too_many_tags_on_a_task(ada: User):
    with write(ada) as transaction:
        names = [str(number) for number in range(MAX_TAGS_OF_TASK + 1)]
        some = list(tags.find_or_create(transaction, names).values())
        (task,) = tasks.create(transaction, [NEW_TASK | {"tags": some[1:]}])
        with pytest.raises(TooManyTags):
            tasks.create(transaction, [NEW_TASK | {"tags": some}])
        with pytest.raises(TooManyTags):
            tasks.update(transaction, task, {"tags": tasks.with_tag(task, some[0])})


def test_recounting_corrects_counts(ada: User):
    create(ada, completed=True)
    create(ada)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("UPDATE task_counts SET count = count + 7")
    assert totals(ada) == (16, 8)
    with write(ada) as transaction:
        counts.recount(transaction)
    assert totals(ada) == (2, 1)


def totals(user: User) -> tuple[int, int]:
    with read(user) as reader:
        every = task_list.page(reader, TaskListQuery()).total
        return every, task_list.page(reader, TaskListQuery(status="completed")).total


def test_the_recount_command_counts_the_tasks_of_all_users(
    alice: Client, bob: Client, app: Flask, service: Gunicorn
):
    for client in (alice, bob):
        client.make("/tasks", title="x")
    with app.app_context(), db.engine.connect() as connection:
        connection.exec_driver_sql("UPDATE task_counts SET count = 7")
    finished = flask(service.env, "recount")
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith("OK: ")
    for client in (alice, bob):
        assert client.read("/tasks")["total"] == 1
        assert expect(200, client.ask("GET", "/tasks/stats"))["active"] == 1


def test_the_instance_folder_is_private_also_if_it_exists_already(tmp_path: Path):
    (tmp_path / "old.db").touch(mode=0o644)
    tmp_path.chmod(0o755)
    app = Flask("todo", instance_path=str(tmp_path))
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///app.db"
    session.init_app(app)
    with app.app_context(), db.engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE x (y)")
    modes = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path, *tmp_path.iterdir())}
    assert modes.pop(tmp_path.name) == 0o700
    assert {"old.db", "app.db"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_the_reindex_command_writes_the_texts_to_search_in(
    alice: Client, service: Gunicorn, app: Flask
):
    task = alice.make("/tasks", title="Café")
    old = f"UPDATE tasks SET search_text = 'café' WHERE id = '{task['id']}'"  # of revision 0007
    with app.app_context(), db.engine.connect() as connection:
        connection.exec_driver_sql(old)
    assert alice.read("/tasks?search=cafe")["items"] == []
    finished = flask(service.env, "reindex")
    assert (finished.returncode, finished.stdout[:3]) == (0, "OK:"), finished.stderr
    assert alice.read("/tasks?search=cafe")["items"] == [task]
