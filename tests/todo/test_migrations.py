"""Migrations: upgrade to the schema of the models, downgrade, and constraints."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    Connection,
    Engine,
    TextClause,
    bindparam,
    create_engine,
    inspect,
    select,
    text,
)
from support.client import flask, on, upgrade, verified_user
from support.processes import ROOT, Issuer, NewDatabase, clean_environment, wait_until

from config import from_env
from todo import create_app
from todo.store import task_list
from todo.store.session import db, read
from todo.store.tables import UTCDateTime, metadata
from todo.store.task_list import TaskListQuery

OWN_TABLES = {
    "user",
    "tasks",
    "tags",
    "task_tags",
    "task_counts",
    "owners",
    "trash",
    "changes",
    "idempotency_keys",
    "chat_threads",
    "chat_items",
}
REVISIONS = len(list((ROOT / "migrations/versions").glob("*.py")))


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    engine = create_engine(from_env({"DATABASE_URL": url})["SQLALCHEMY_DATABASE_URI"])  # type: ignore[arg-type]
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture
def empty(database_kind: str, new_database: NewDatabase) -> str:
    """The URL of an empty database."""
    return new_database(database_kind)


def settings(url: str) -> dict[str, str]:
    return {"DATABASE_URL": url, "BETTER_AUTH_URL": "http://localhost:9"}


def schema(url: str, tables: set[str]) -> dict[str, Any]:
    """Return columns, keys, constraints and indexes of ``tables``, sorted for comparison."""
    with engine_of(url) as engine:
        inspector = inspect(engine)
        getters: tuple[Callable[[str], Any], ...] = (
            inspector.get_columns,
            inspector.get_foreign_keys,
            inspector.get_unique_constraints,
            inspector.get_check_constraints,
            inspector.get_indexes,
        )
        return {
            table: [inspector.get_pk_constraint(table)]
            + [sorted(json.dumps(one, default=as_text) for one in kind(table)) for kind in getters]
            for table in tables
        }


def as_text(part: object) -> str:
    return str(part) if isinstance(part, TextClause) else repr(part)


def tables(url: str) -> set[str]:
    with engine_of(url) as engine:
        return set(inspect(engine).get_table_names())


def test_the_migrated_schema_equals_the_schema_of_the_models(
    empty: str, database_kind: str, new_database: NewDatabase
):
    upgrade(settings(empty))
    models_url = new_database(database_kind)
    with engine_of(models_url) as engine:
        metadata.create_all(engine)
    assert tables(empty) == OWN_TABLES | {"alembic_version"}
    assert schema(empty, OWN_TABLES) == schema(models_url, OWN_TABLES)


def test_alembic_check_finds_no_differences(empty: str, better_auth: Issuer):
    for url in (empty, better_auth.database_url):
        upgrade(settings(url))
        finished = flask(settings(url), "db", "check")
        assert (finished.returncode, finished.stdout.strip()) == (
            0,
            "No new upgrade operations detected.",
        )


def test_migrations_do_not_change_the_tables_of_better_auth(
    database_kind: str, new_database: NewDatabase
):
    with Issuer(new_database(database_kind)) as issuer:
        url = issuer.database_url
        better_auth_tables = tables(url)
        before = schema(url, better_auth_tables)
        upgrade(settings(url))
        assert tables(url) == better_auth_tables | OWN_TABLES | {"alembic_version"}
        assert schema(url, better_auth_tables) == before
        assert flask(settings(url), "db", "downgrade", "base").returncode == 0
        assert tables(url) == better_auth_tables | {"alembic_version"}
        assert schema(url, better_auth_tables) == before
        issuer.sign_up("Ada")


def test_a_downgrade_and_a_second_upgrade_restore_the_schema(empty: str):
    upgrade(settings(empty))
    before = schema(empty, OWN_TABLES)
    assert flask(settings(empty), "db", "downgrade", "base").returncode == 0
    assert tables(empty) == {"alembic_version"}
    upgrade(settings(empty))
    upgrade(settings(empty))
    assert schema(empty, OWN_TABLES) == before


def test_concurrent_upgrades_run_each_migration_once(empty: str):
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    runs = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=clean_environment() | settings(empty),
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    logs = [run.communicate()[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], logs
    assert sum(log.count("Running upgrade") for log in logs) == REVISIONS
    assert tables(empty) == OWN_TABLES | {"alembic_version"}


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("", "has no column uuid"),
        (", uuid uuid", "is not unique"),
    ],
)
def test_an_unsuitable_user_table_is_explained_and_no_table_is_created(
    empty: str, column: str, words: str
):
    run(empty, "CREATE TABLE account (id text)", f'CREATE TABLE "user" (id text{column})')
    finished = flask(settings(empty), "db", "upgrade")
    assert finished.returncode == 1
    assert words in finished.stderr
    assert "Traceback" not in finished.stderr
    assert not tables(empty) & {"tasks", "tags", "task_tags"}


@pytest.mark.parametrize(
    ("tables_of_others", "words"),
    [
        (["tasks"], "has tables of other software with the names tasks. Give the service"),
        (['"user"'], "has tables of other software with the names user. Give the service"),
        (["account"], 'there is a table "account" without a table "user"'),
        (["users", "accounts", "sessions"], "plural names (usePlural)"),
    ],
)
def test_tables_of_other_software_stop_the_first_upgrade(
    empty: str, tables_of_others: list[str], words: str
):
    run(empty, *(f"CREATE TABLE {name} (id text)" for name in tables_of_others))
    before = tables(empty)
    assert words in error_of_upgrade(empty)
    assert tables(empty) == before


def error_of_upgrade(url: str) -> str:
    """Return the error of an upgrade that is refused."""
    finished = flask(settings(url), "db", "upgrade")
    assert finished.returncode == 1
    assert "Traceback" not in finished.stderr
    return finished.stderr


def test_a_service_migrated_before_better_auth_is_told_to_make_emails_unique(empty: str):
    upgrade(settings(empty))
    with Issuer(empty) as issuer:
        issuer.sign_up("Ada")
    error = error_of_upgrade(empty)
    assert "migrated before Better Auth" in error
    run(empty, error.rpartition("Run: ")[2].strip())
    upgrade(settings(empty))


def test_ids_that_are_uuids_can_be_repeated_in_the_column_uuid(new_database: NewDatabase):
    url = new_database("postgresql")
    run(url, "CREATE TABLE account (id text)", 'CREATE TABLE "user" (id text PRIMARY KEY)')
    run(url, error_of_upgrade(url).rpartition("run instead: ")[2].strip())
    upgrade(settings(url))
    run(url, f"""INSERT INTO "user" (id) VALUES ('{PERSON}')""")
    run(url, f"INSERT INTO owners VALUES ('{PERSON}')")
    run(url, 'DELETE FROM "user"')
    assert rows_of(url, "owners") == {"owners": []}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://postgres@127.0.0.1:1/none", "the database none can't be used: connection"),
        ("sqlite:////nowhere/at/all.db", "the folder of the database /nowhere/at/all.db does not"),
    ],
)
def test_an_unreachable_database_is_named(url: str, words: str):
    assert words in error_of_upgrade(url)


def test_a_file_that_is_no_database_is_named(tmp_path: Path):
    (tmp_path / "x.db").write_text("Notes, and more than a hundred bytes of them. " * 10)
    assert "can't be used: file is not a database" in error_of_upgrade(f"sqlite:///{tmp_path}/x.db")


def test_a_role_without_rights_gets_the_statement_to_run(new_database: NewDatabase):
    url = new_database("postgresql")
    missing = url.replace(url.rpartition("/")[2], "missing")
    assert "the database missing can't be used: connection" in error_of_upgrade(missing)
    run(url, "CREATE ROLE guest LOGIN", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    guest = url.replace("postgres@", "guest@")
    error = error_of_upgrade(guest)
    assert "the role guest lacks a right" in error
    run(url, error.partition("Run as its owner: ")[2].partition(";")[0])
    upgrade(settings(guest))


def test_a_text_uuid_column_on_postgresql_is_explained_with_a_working_fix(
    new_database: NewDatabase,
):
    url = new_database("postgresql")
    run(url, "CREATE TABLE account (id text)", 'CREATE TABLE "user" (id text, uuid text UNIQUE)')
    finished = flask(settings(url), "db", "upgrade")
    assert finished.returncode == 1
    (fix,) = [line.split("Run: ")[1] for line in finished.stderr.splitlines() if "Run: " in line]
    run(url, fix)
    upgrade(settings(url))


PERSON, TASK, TAG = (f"00000000-0000-4000-8000-{number:012d}" for number in (1, 2, 3))
NOW = "2026-01-01 00:00:00+00:00"
ROWS = (
    f"""INSERT INTO "user" (id, uuid, "createdAt") VALUES ('ada', '{PERSON}', '{NOW}')""",
    f"""INSERT INTO "user" (id, uuid, "createdAt")
        VALUES ('bob', '{PERSON.replace("-8000-", "-9000-")}', '{NOW}')""",
    f"INSERT INTO tags (user_id, id, name, key) VALUES ('{PERSON}', '{TAG}', 'Home', 'home')",
    f"""INSERT INTO tasks (user_id, id, title, title_key, search_text, priority, position,
          completed_at, created_at, updated_at, version)
        VALUES ('{PERSON}', '{TASK}', 'X', 'x', 'x', 2, 1, '{NOW}', '{NOW}', '{NOW}', 1)""",
    f"INSERT INTO task_tags (user_id, task_id, tag_id) VALUES ('{PERSON}', '{TASK}', '{TAG}')",
)


DELETE_ADA = """DELETE FROM "user" WHERE id = 'ada'"""


@pytest.mark.parametrize("revision", ["0001", "0002", "0003"])
def test_an_upgrade_keeps_the_rows_of_each_earlier_revision(empty: str, revision: str):
    env = settings(empty)
    assert flask(env, "db", "upgrade", revision).returncode == 0
    run(empty, *ROWS)
    before = rows_of(empty, "tasks", "tags", "task_tags", "user")
    upgrade(env)
    after = rows_of(empty, "tasks", "tags", "task_tags", "user")
    # Revision 0005 adds a last column.
    after["tasks"] = [row[:-1] for row in after["tasks"]]
    assert after == before
    counted = [
        (person, bool(completed), *more)
        for person, completed, *more in rows_of(empty, "task_counts")["task_counts"]
    ]
    assert counted == [(PERSON, True, 2, 1)]
    assert len(rows_of(empty, "owners")["owners"]) == 2
    assert flask(env, "db", "downgrade", revision).returncode == 0
    assert rows_of(empty, "tasks", "tags", "task_tags", "user") == before
    upgrade(env)
    if empty.startswith("sqlite"):
        run(empty, "PRAGMA foreign_keys = ON", DELETE_ADA)
    else:
        run(empty, DELETE_ADA)
    left = rows_of(empty, "tasks", "tags", "task_tags", "task_counts", "owners")
    assert {table: len(rows) for table, rows in left.items()} == {
        "tasks": 0,
        "tags": 0,
        "task_tags": 0,
        "task_counts": 0,
        "owners": 1,
    }


def rows_of(url: str, *tables: str) -> dict[str, list[tuple[Any, ...]]]:
    with engine_of(url) as engine, engine.connect() as connection:
        return {
            table: sorted(
                (
                    tuple(str(cell) if isinstance(cell, UUID) else cell for cell in row)
                    for row in connection.execute(text(f'SELECT * FROM "{table}"'))
                ),
                key=str,
            )
            for table in tables
        }


# A time in UTC, and the day that revision 0005 makes of it, or None if it stays a time.
DUE = {
    # 23:59 in the time zone of the comment.
    "2030-01-31 23:59:00+00:00": "2030-01-31",  # Europe/London
    "2030-01-31 22:59:00+00:00": "2030-01-31",  # Europe/Berlin, in winter
    "2030-06-30 21:59:00+00:00": "2030-06-30",  # Europe/Berlin, in summer
    "2030-02-01 04:59:00+00:00": "2030-01-31",  # America/New_York, in winter
    "2030-07-01 03:59:00+00:00": "2030-06-30",  # America/New_York, in summer
    "2030-01-01 07:59:00+00:00": "2029-12-31",  # America/Los_Angeles
    "2030-02-01 09:59:00+00:00": "2030-01-31",  # Pacific/Honolulu
    "2030-01-31 10:59:00+00:00": "2030-01-31",  # Pacific/Auckland, in summer
    "2030-06-30 11:59:00+00:00": "2030-06-30",  # Pacific/Auckland, in winter
    "2030-01-31 10:14:00+00:00": "2030-01-31",  # Pacific/Chatham, in summer
    "2030-06-30 11:14:00+00:00": "2030-06-30",  # Pacific/Chatham, in winter
    "2030-01-31 13:29:00+00:00": "2030-01-31",  # Australia/Adelaide, in summer
    "2030-01-31 14:29:00+00:00": "2030-01-31",  # Australia/Darwin
    "2030-01-31 15:14:00+00:00": "2030-01-31",  # Australia/Eucla
    "2030-01-31 17:29:00+00:00": "2030-01-31",  # Asia/Yangon
    "2030-01-31 18:14:00+00:00": "2030-01-31",  # Asia/Kathmandu
    "2030-01-31 18:29:00+00:00": "2030-01-31",  # Asia/Kolkata
    "2030-01-31 19:29:00+00:00": "2030-01-31",  # Asia/Kabul
    "2030-01-31 20:29:00+00:00": "2030-01-31",  # Asia/Tehran
    "2030-02-01 03:29:00+00:00": "2030-01-31",  # America/St_Johns, in winter
    "2030-07-01 02:29:00+00:00": "2030-06-30",  # America/St_Johns, in summer
    "2030-02-01 09:29:00+00:00": "2030-01-31",  # Pacific/Marquesas
    "2028-03-01 00:59:00+00:00": "2028-02-29",  # Atlantic/Azores
    # 23:59 in Auckland too, where more people live: the day of Auckland.
    "2030-02-01 10:59:00+00:00": "2030-02-01",  # Pacific/Pago_Pago, where it is 31 January
    # Other times.
    "2030-01-31 22:59:00.000001+00:00": None,
    "2030-01-31 22:59:00.500000+00:00": None,
    "2030-01-31 22:59:59+00:00": None,
    "2030-01-31 22:58:00+00:00": None,
    "2030-01-31 22:00:00+00:00": None,
    "2030-01-31 22:29:00+00:00": None,
    "2030-01-31 22:14:00+00:00": None,
    "2030-01-31 22:44:00+00:00": None,
    "2030-01-31 00:00:00+00:00": None,
}


def test_revision_0005_turns_times_at_the_end_of_a_day_into_days_and_back(empty: str):
    env = settings(empty)
    assert flask(env, "db", "upgrade", "0004").returncode == 0
    run(empty, ROWS[0], f"INSERT INTO owners VALUES ('{PERSON}')")
    times = [datetime.fromisoformat(due) for due in DUE]
    for number, due in enumerate(times):
        insert_due(empty, number, due)
    upgrade(env)
    expected = [
        (day is not None, midnight(day) if day else due)
        for day, due in zip(DUE.values(), times, strict=True)
    ]
    assert dues_of(empty, "due_all_day, due_date") == expected
    assert set(dues_of(empty, "version")) == {(1,)}
    # Processes of the release before go on inserting tasks, without the new column.
    insert_due(empty, len(times), None)
    assert dues_of(empty, "due_all_day, due_date") == [*expected, (False, None)]
    assert flask(env, "db", "downgrade", "0004").returncode == 0
    last_minute = timedelta(hours=23, minutes=59)
    assert dues_of(empty, "due_date")[:-1] == [
        (due + last_minute,) if is_day else (due,) for is_day, due in expected
    ]
    upgrade(env)
    assert dues_of(empty, "due_all_day, due_date")[:-1] == expected


CAFE = [
    # title and description; the text to search in of revisions 0001 to 0007, and of 0008
    ("Café", None, "café\n", "cafe\n"),
    (
        "Großer Ärger",
        "\uff12\uff10 \ufb01nal",
        "grosser ärger\n\uff12\uff10 final",
        "grosser arger\n20 final",
    ),
    ("plain", "text", "plain\ntext", "plain\ntext"),
    ("plain", "é", "plain\né", "plain\ne"),
    ("が", "", "が\n", "が\n"),
]


@pytest.mark.parametrize("revision", ["0001", "0004", "0007"])
def test_revision_0008_removes_accents_from_the_text_to_search_in(empty: str, revision: str):
    env = settings(empty)
    assert flask(env, "db", "upgrade", revision).returncode == 0
    run(empty, ROWS[0])
    if revision > "0003":
        run(empty, f"INSERT INTO owners VALUES ('{PERSON}')")
    insert_texts(empty, PERSON, [row[:3] for row in CAFE])
    upgrade(env)
    assert search_texts(empty) == [row[3] for row in CAFE]
    app = create_app(from_env(env))
    with app.app_context(), read(verified_user(UUID(PERSON))) as reader:
        assert task_list.page(reader, TaskListQuery(search="cafe")).total == 1
    with app.app_context():
        db.engine.dispose()
    assert flask(env, "db", "downgrade", revision).returncode == 0
    assert search_texts(empty) == [row[2] for row in CAFE]
    upgrade(env)
    assert search_texts(empty) == [row[3] for row in CAFE]


@on("postgresql")
def test_revision_0008_goes_on_in_batches_after_an_interruption(empty: str):
    env = settings(empty)
    assert flask(env, "db", "upgrade", "0007").returncode == 0
    bob = PERSON.replace("-8000-", "-9000-")
    run(empty, *ROWS[:2], f"INSERT INTO owners VALUES ('{PERSON}'), ('{bob}')")
    insert_texts(empty, PERSON, [CAFE[0][:3]] * 1500)
    insert_texts(empty, bob, [CAFE[0][:3]])
    done = text("SELECT count(*) FROM tasks WHERE search_text = 'cafe\n'")
    with engine_of(empty) as engine, engine.connect() as observer, engine.connect() as service:
        observer.execution_options(isolation_level="AUTOCOMMIT")
        # A transaction of the service for Bob, which the second batch waits for.
        lock = f"SELECT 1 FROM owners WHERE user_id = '{bob}' FOR NO KEY UPDATE"
        service.execute(text(lock))
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
        process = subprocess.Popen(command, cwd=ROOT, env=clean_environment() | env)
        try:
            wait_until(lambda: observer.scalar(done) == 1000)
            # Nobody waits for the first batch any more.
            observer.execute(text("SET lock_timeout = '5s'"))
            observer.execute(text(f"UPDATE tasks SET title = 'X' WHERE user_id = '{PERSON}'"))
            observer.execute(text(f"UPDATE tasks SET title = 'Café' WHERE user_id = '{PERSON}'"))
        finally:
            process.kill()
            process.wait()
        assert observer.scalar(text("SELECT version_num FROM alembic_version")) == "0007"
        service.rollback()
        upgrade(env)
        assert observer.scalar(done) == 1501


def insert_texts(url: str, user_id: str, rows: Sequence[tuple[str, str | None, str]]) -> None:
    """Insert tasks as the releases before revision 0008 do."""
    insert = text(
        f"""INSERT INTO tasks (user_id, id, title, description, title_key, search_text, position,
              created_at, updated_at, version)
            VALUES ('{user_id}', :id, :title, :description, 'x', :search_text, 1,
              '{NOW}', '{NOW}', 1)"""
    )
    with engine_of(url) as engine, engine.begin() as connection:
        connection.execute(
            insert,
            [
                {
                    "id": f"00000000-0000-4000-8000-{number:012d}",
                    "title": title,
                    "description": description,
                    "search_text": search_text,
                }
                for number, (title, description, search_text) in enumerate(rows)
            ],
        )


def search_texts(url: str) -> list[str]:
    with engine_of(url) as engine, engine.connect() as connection:
        return list(connection.scalars(text("SELECT search_text FROM tasks ORDER BY id")))


def insert_due(url: str, number: int, due: datetime | None) -> None:
    """Insert a task as the release before revision 0005 does."""
    task_id = f"00000000-0000-4000-8000-{number:012d}"
    insert = text(
        f"""INSERT INTO tasks (user_id, id, title, title_key, search_text, position,
              created_at, updated_at, version, due_date)
            VALUES ('{PERSON}', '{task_id}', 'X', 'x', 'x', 1, '{NOW}', '{NOW}', 1, :due)"""
    )
    with engine_of(url) as engine, engine.begin() as connection:
        connection.execute(insert.bindparams(bindparam("due", due, type_=UTCDateTime)))


def dues_of(url: str, columns: str) -> list[tuple[Any, ...]]:
    """Return these columns of all tasks, sorted by id."""
    task = metadata.tables["tasks"].c
    query = select(*(task[name] for name in columns.split(", "))).order_by(task.id)
    with engine_of(url) as engine, engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def midnight(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00:00+00:00")


def test_the_counts_of_a_downgraded_database_are_maintained_by_triggers(empty: str):
    env = settings(empty)
    upgrade(env)
    assert flask(env, "db", "downgrade", "0003").returncode == 0
    run(empty, *ROWS)
    ((_, completed, priority, count),) = rows_of(empty, "task_counts")["task_counts"]
    assert (bool(completed), priority, count) == (True, 2, 1)


def test_the_schema_fits_a_distributed_postgresql(new_database: NewDatabase):
    """The rules are those of docs/operations.md, "Distributed PostgreSQL"."""
    url = new_database("postgresql")
    upgrade(settings(url))
    with engine_of(url) as engine, engine.connect() as connection:
        found = inspect(connection)
        own = OWN_TABLES - {"user"}
        for table in own:
            assert found.get_pk_constraint(table)["constrained_columns"][0] == "user_id"
            uniques = found.get_unique_constraints(table)
            assert all(unique["column_names"][0] == "user_id" for unique in uniques)
        keys = [(table, key) for table in own for key in found.get_foreign_keys(table)]
        assert [table for table, key in keys if key["referred_table"] == "user"] == ["owners"]
        for _, key in keys:
            first = (key["constrained_columns"][0], key["referred_columns"][0])
            assert first == ("user_id", "uuid" if key["referred_table"] == "user" else "user_id")
        triggers = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"
        assert connection.scalar(text(triggers)) == 0
        functions = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        assert connection.scalar(text(functions)) == 0
        sequences = "SELECT count(*) FROM pg_class WHERE relkind = 'S'"
        assert connection.scalar(text(sequences)) == 0


def run(url: str, *statements: str) -> None:
    with engine_of(url) as engine, engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


GOOD_TASK = {
    "user_id": "00000000-0000-4000-8000-000000000001",
    "id": "00000000-0000-4000-8000-000000000002",
    "title": "x",
    "description": None,
    "priority": 1,
    "position": 1,
    "title_key": "x",
    "search_text": "x",
    "created_at": "2026-01-01 00:00:00+00:00",
    "updated_at": "2026-01-01 00:00:00+00:00",
    "version": 1,
}


@pytest.fixture(scope="module")
def migrated(database_kind: str, new_database: NewDatabase) -> str:
    """The URL of a migrated database that tests leave empty."""
    url = new_database(database_kind)
    upgrade(settings(url))
    return url


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("title", "", "ck_tasks_title"),
        ("title", "x" * 201, "ck_tasks_title"),
        ("description", "x" * 10_001, "ck_tasks_description"),
        ("priority", 0, "ck_tasks_priority"),
        ("priority", 4, "ck_tasks_priority"),
        ("version", 0, "ck_tasks_version"),
    ],
)
def test_check_constraints_refuse_invalid_rows(
    migrated: str, column: str, value: object, constraint: str
):
    with engine_of(migrated) as engine, engine.connect() as connection:
        connection.execute(
            text('INSERT INTO "user" (id, uuid, "createdAt") VALUES (:id, :uuid, :now)'),
            {"id": "ada", "uuid": GOOD_TASK["user_id"], "now": GOOD_TASK["created_at"]},
        )
        connection.execute(text('INSERT INTO owners SELECT uuid FROM "user"'))
        insert_task(connection, GOOD_TASK)
        other = {"id": "00000000-0000-4000-8000-000000000003", column: value}
        with pytest.raises(Exception, match=constraint):
            insert_task(connection, GOOD_TASK | other)


def insert_task(connection: Connection, row: dict[str, object]) -> None:
    values = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO tasks ({', '.join(row)}) VALUES ({values})"), row)
