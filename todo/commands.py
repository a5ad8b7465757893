"""Maintenance commands of the service."""

import click
from flask.cli import with_appcontext

from .store import counts
from .store.errors import UserUnknown
from .store.session import find_user, owner_ids, write


@click.command("recount")
@with_appcontext
def recount() -> None:
    """Count the tasks of every user anew.

    Needed once after the upgrade to revision 0004, if processes of an earlier release were still
    writing while it ran. The service may run meanwhile.
    """
    done = 0
    for user_id in owner_ids():
        try:
            with write(find_user(user_id)) as transaction:
                counts.recount(transaction)
        except UserUnknown:
            continue  # deleted meanwhile
        done += 1
        if done % 1000 == 0:
            click.echo(f"{done} users...")
    click.echo(f"OK: counted the tasks of {done} users.")
