"""Maintenance commands of the service."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import click
from flask.cli import with_appcontext

from .store import changes, counts, idempotency, tasks, trash
from .store.errors import UserUnknown
from .store.session import Transaction, find_user, owner_ids, write


@click.command("recount")
@with_appcontext
def recount() -> None:
    """Count the tasks of every user anew.

    Needed once after the upgrade to revision 0004, if processes of an earlier release were still
    writing while it ran. The service may run meanwhile.
    """
    done = _for_each_user(counts.recount)
    click.echo(f"OK: counted the tasks of {done} users.")


@click.command("reindex")
@with_appcontext
def reindex() -> None:
    """Write the text that searches read anew, for every task.

    Needed once after the upgrade to revision 0008, if processes of an earlier release were still
    writing while it ran. The service may run meanwhile.
    """
    done = _for_each_user(tasks.reindex)
    click.echo(f"OK: indexed the tasks of {done} users.")


@click.command("empty-trash")
@click.option(
    "--days",
    type=click.IntRange(min=0, max=36_500),
    default=trash.KEPT_DAYS,
    show_default=True,
    help="Age from which tasks are deleted for ever.",
)
@with_appcontext
def empty_trash(days: int) -> None:
    """Delete old tasks in the trash for ever, and old changes that could be undone.

    Meant to run once a day. The service may run meanwhile.
    """
    now = datetime.now(UTC)

    def delete_old(transaction: Transaction) -> None:
        trash.delete_old(transaction, now - timedelta(days=days))
        changes.delete_old(transaction, now - timedelta(days=changes.KEPT_DAYS))
        idempotency.delete_old(transaction, now - idempotency.KEPT)

    done = _for_each_user(delete_old)
    click.echo(f"OK: deleted what was in the trash for {days} days, for {done} users.")


def _for_each_user(work: Callable[[Transaction], None]) -> int:
    """Run ``work`` in a transaction of each user; return the number of users."""
    done = 0
    for user_id in owner_ids():
        try:
            with write(find_user(user_id)) as transaction:
                work(transaction)
        except UserUnknown:
            continue  # deleted meanwhile
        done += 1
        if done % 1000 == 0:
            click.echo(f"{done} users...")
    return done
