"""The embedded assistant: plain English, without a model and without the network."""

from collections.abc import Generator

from . import words
from .conversation import Step, Turn
from .edits import Create
from .phrases import bold, details


def respond(turn: Turn) -> Generator[Step, None, None]:
    """Add the task that the message describes."""
    parsed = words.parse(turn.text, now=turn.now, zone=turn.zone)
    values = {
        "title": parsed.title,
        "due_date": parsed.due_date,
        "priority": parsed.priority,
        "tags": parsed.tags,
    }
    with turn.reply() as reply:
        (task,) = reply.apply([Create(values)]).created
        more = details(task, turn.now, turn.zone)
        reply.say(f"Added {bold(task.title)}{': ' if more else ''}{more}.")
    yield from reply.steps()
