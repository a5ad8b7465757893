"""Migrations: upgrade to the schema of the models, downgrade, and constraints."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, TextClause, create_engine, inspect, text
from support.client import flask, upgrade
from support.processes import ROOT, Issuer, NewDatabase, clean_environment

from config import from_env
from todo.store.tables import metadata

OWN_TABLES = {"user", "tasks", "tags", "task_tags", "task_counts", "owners"}
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
    connection.execute(text(f"INSERT INTO tasks ({', '.join(row)}) VALUES ({values})"), row)  # noqa: S608
