"""Tools of the language model: functions on the tasks of the user, whose arguments are validated.

What the model may do is decided here, not by its instructions, because a title or a description
may tell the model to do harm:

- A tool has no argument for an owner. The transaction has the verified user.
- The model names a task by a number that it got from a result in the same turn. It can't name a
  task that it has not seen, so neither a guessed id nor an id in a text names one.
- Directly, a turn adds at most ``MAX_ADDED`` tasks and changes at most ``MAX_CHANGED`` tasks, in
  all its calls together. These tasks are shown, with a button to undo the change. A call that would
  exceed the limit becomes a card as a whole, and nothing happens before the user confirms it.
- A deletion is always a card. A turn shows at most ``MAX_CARDS`` cards.
- A turn undoes at most one change, only of this conversation, and only before it has read any task
  or tag: an undo can't be undone.
- A task that was changed since the model read it is left as it is.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from ..store import tags, task_list
from ..store.cursors import EARLIEST, LATEST
from ..store.due import Due, sort_key
from ..store.errors import TooManyTags
from ..store.records import Task
from ..store.session import read
from ..store.tables import MAX_DESCRIPTION, MAX_TAG_NAME, MAX_TAGS_OF_TASK, MAX_TITLE
from ..store.task_list import TaskListQuery
from . import edits
from .conversation import CannotUndo, Reply, Step, Turn
from .edits import Create, Edit
from .phrases import count, details, due_words
from .widgets import task_list as task_list_widget

MAX_ADDED = 25
MAX_CHANGED = 5
MAX_CARDS = 3
MAX_NAMED = 100
"""Tasks that one call may change or delete."""
MAX_PAGE = 50
MAX_RESULT = 16_000
"""Characters of titles, descriptions and tags in one result."""
MAX_SHOWN = 200
"""Characters of a description in a result."""
MAX_SHOWN_TAGS = 10
MAX_LISTED_TAGS = 100
MAX_ERRORS = 5

NO_SUCH_TASK = "The person has no such task; nothing was changed."
PROPOSED = "proposed, waiting for the person's approval"

Result = dict[str, Any]


class _Refused(Exception):
    """The call can't be executed; the message is for the model."""


# Arguments


def _due(value: object, info: ValidationInfo) -> Due | Literal["none"]:
    """Return a day, a time in UTC, or "none"; a time is in the time zone of the user."""
    if value == "none":
        return "none"
    try:
        text = str(value)
        due = date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("use 2026-12-24 or 2026-12-24T18:00, or none") from None
    zone: ZoneInfo = (info.context or {})["zone"]
    if isinstance(due, datetime) and due.tzinfo is None:
        due = due.replace(tzinfo=zone)
    # Compared without the conversion to UTC, which overflows at the ends of the calendar.
    if not EARLIEST.year < sort_key(due).year < LATEST.year:
        raise ValueError("the year must be between 1900 and 9998")
    return due.astimezone(EARLIEST.tzinfo) if isinstance(due, datetime) else due


def _day(value: object) -> date:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("use a day such as 2026-12-24") from None
    if not EARLIEST.year < day.year < LATEST.year:
        raise ValueError("the year must be between 1900 and 9998")
    return day


def _number(value: object) -> object:
    """Return the number of a task; 0, which no task has, for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if type(value) is int else 0


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("it contains a NUL character")
    return text


def _without_sign(value: object) -> object:
    return value.strip().removeprefix("#") if isinstance(value, str) else value


Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE),
    AfterValidator(_storable),
]
Description = Annotated[
    str, StringConstraints(max_length=MAX_DESCRIPTION), AfterValidator(_storable)
]
Tag = Annotated[
    str,
    BeforeValidator(_without_sign),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TAG_NAME),
    AfterValidator(_storable),
]
Tags = Annotated[list[Tag], Field(max_length=MAX_TAGS_OF_TASK)]
Search = Annotated[str, StringConstraints(max_length=200), AfterValidator(_storable)]
TaskNumber = Annotated[int, BeforeValidator(_number), WithJsonSchema({"type": "integer"})]
Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string"})]
DueOrNone = Annotated[
    Due | Literal["none"], PlainValidator(_due), WithJsonSchema({"type": "string"})
]
PriorityOrNone = Literal["low", "medium", "high", "none"]


class Arguments(BaseModel):
    """Arguments of a tool; unknown arguments and other types are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, values: Any) -> Any:
        """Leave out null and empty text: many models send one for each argument without a value."""
        if isinstance(values, dict):
            return {name: one for name, one in values.items() if one is not None and one != ""}
        return values


class FindTasks(Arguments):
    """Find tasks. The result has the numbers by which other tools name tasks, in this turn only.

    If the result is cut, use a smaller limit.
    """

    search: Search = ""
    """Text in the title or description; leave out for all tasks."""
    status: Literal["active", "completed", "all"] = "active"
    """Which tasks."""
    overdue: bool = False
    """Only tasks that are overdue."""
    due_from: Day | None = None
    """Only tasks due on this day or later, such as 2026-12-24."""
    due_to: Day | None = None
    """Only tasks due on this day or earlier."""
    priority: PriorityOrNone | None = None
    """Only tasks with this priority."""
    tags: Annotated[list[Tag], Field(max_length=10)] = []
    """Only tasks with all of these tags."""
    sort: Literal["due", "priority", "newest"] = "due"
    """Order of the tasks: the earliest due, the highest priority or the newest come first."""
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 20
    """Number of tasks in the result."""
    page: Annotated[int, Field(ge=1, le=1000)] = 1
    """Number of the page, if there are more tasks than the limit."""


class ListTags(Arguments):
    """List all tags with the number of their tasks."""


class NewTask(Arguments):
    """A task to add."""

    title: Title
    """What to do."""
    description: Description = "none"
    """Details."""
    due: DueOrNone = "none"
    """A day such as 2026-12-24, or a time such as 2026-12-24T18:00 in the person's time zone."""
    priority: PriorityOrNone = "none"
    """Only if the person names one."""
    tags: Tags = []
    """Names of tags; new ones are created."""


class AddTasks(Arguments):
    """Add tasks."""

    tasks: Annotated[list[NewTask], Field(min_length=1, max_length=MAX_ADDED)]
    """The tasks, at most 25."""


class TaskChange(Arguments):
    """New values of a task; values that are left out stay as they are."""

    id: TaskNumber
    """Number of the task, from a result in this turn."""
    title: Title = ""
    """The new title."""
    description: Description = "none"
    """The new description; none removes it. Results show the beginning of long ones only."""
    due: DueOrNone = "none"
    """The new day or time, such as 2026-12-24 or 2026-12-24T18:00; none removes it."""
    priority: PriorityOrNone = "none"
    """The new priority; none removes it."""
    completed: bool = False
    """True to complete the task, false to reopen it."""
    add_tags: Tags = []
    """Names of tags to add."""
    remove_tags: Tags = []
    """Names of tags to remove."""


class ChangeTasks(Arguments):
    """Change, complete or reopen tasks. More than five in a turn need the person's approval."""

    changes: Annotated[list[TaskChange], Field(min_length=1, max_length=MAX_NAMED)]
    """One entry per task."""


class DeleteTasks(Arguments):
    """Propose to delete tasks. The person sees a card and decides."""

    ids: Annotated[list[TaskNumber], Field(min_length=1, max_length=MAX_NAMED)]
    """Numbers of the tasks, from a result in this turn."""


class Undo(Arguments):
    """Undo the latest change of this conversation. Call it before any other tool."""


# The tools


@dataclass
class _Tool:
    arguments: type[Arguments]
    run: Callable[["Tools", Any], Result]
    progress: str


class Tools:
    """The tools of one turn."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._tasks: dict[int, Task] = {}
        """The tasks that the model has seen, by their numbers."""
        self._numbers: dict[UUID, int] = {}
        self._steps: list[Step] = []
        self._changed: set[UUID] = set()
        self._added = 0
        self._cards = 0
        self._has_read = False
        self._has_undone = False

    def run(self, name: str, arguments: dict[str, Any] | None) -> tuple[Result, list[Step]]:
        """Run a tool; return its result for the model, and the steps for the person.

        ``arguments`` is None if the model sent no JSON object. The result has an ``error`` if
        nothing was done.
        """
        self._steps = []
        try:
            return self._run(name, arguments), self._steps
        except _Refused as refused:
            return {"error": str(refused)}, []
        except CannotUndo as error:
            return {"error": str(error)}, []
        except TooManyTags:
            return {"error": f"A task may have {MAX_TAGS_OF_TASK} tags; nothing was changed."}, []

    def _run(self, name: str, arguments: dict[str, Any] | None) -> Result:
        tool = TOOLS.get(name)
        if tool is None:
            raise _Refused(f"There is no such tool; the tools are {', '.join(TOOLS)}.")
        if arguments is None:
            raise _Refused("The arguments are no JSON object; nothing was changed.")
        try:
            values = tool.arguments.model_validate(arguments, context={"zone": self._turn.zone})
        except ValidationError as error:
            raise _Refused(f"{'; '.join(_messages(error))}; nothing was changed.") from None
        return tool.run(self, values)

    def find_tasks(self, wanted: FindTasks) -> Result:
        """Return a page of tasks with their numbers."""
        self._has_read = True
        day = timedelta(days=1)
        sort_by, order = _ORDERS[wanted.sort]
        query = TaskListQuery(
            page=wanted.page,
            limit=wanted.limit,
            status=wanted.status,
            overdue=wanted.overdue or None,
            due_after=wanted.due_from - day if wanted.due_from else None,
            due_before=wanted.due_to + day if wanted.due_to else None,
            priority=[wanted.priority] if wanted.priority else (),
            tag=wanted.tags,
            tag_match="all",
            tz=self._turn.zone,
            search=wanted.search.strip(),
            sort_by=sort_by,
            order=order,
        )
        with read(self._turn.user) as reader:
            found = task_list.page(reader, query, self._turn.now)
        rows: list[Result] = []
        length = 0
        for task in found.tasks:
            row = self._row(task)
            length += len(str(row))
            if length > MAX_RESULT:
                return {"tasks": rows, "total": found.total, "cut": True}
            rows.append(row)
        return {"tasks": rows, "total": found.total, "more": found.next_cursor is not None}

    def list_tags(self, _wanted: ListTags) -> Result:
        """Return the tags of the person."""
        self._has_read = True
        with read(self._turn.user) as reader:
            found, total = tags.page(reader, limit=MAX_LISTED_TAGS, offset=0)
        rows = [{"name": tag.name, "tasks": tag.task_count} for tag in found]
        return {"tags": rows, "total": total}

    def add_tasks(self, wanted: AddTasks) -> Result:
        """Add tasks, or propose it if the turn has added many."""
        new: list[Edit] = [Create(_values_of(task)) for task in wanted.tasks]
        if self._added + len(new) > MAX_ADDED:
            rows = [task.title for task in wanted.tasks]
            return self._propose("Add", rows, new)
        with self._turn.reply() as reply:
            outcome = reply.apply(new)
            self._show(reply, outcome.created)
        self._steps += reply.steps()
        self._added += len(new)
        return {"added": [self._row(task) for task in outcome.created]}

    def change_tasks(self, wanted: ChangeTasks) -> Result:
        """Change tasks, or propose it if the turn would change many."""
        named = self._named([change.id for change in wanted.changes])
        if len({task.id for task in named}) < len(named):
            raise _Refused("A task is named twice; nothing was changed.")
        pairs = [
            (task, _changed_values(task, change))
            for task, change in zip(named, wanted.changes, strict=True)
        ]
        some: list[Edit] = [edits.update(task, **values) for task, values in pairs]
        if len(self._changed | {task.id for task in named}) > MAX_CHANGED:
            rows = [f"{task.title}: {self._words(values)}" for task, values in pairs]
            return self._propose("Change", rows, some)
        with self._turn.reply() as reply:
            outcome = reply.apply(some)
            if outcome.updated:
                self._show(reply, outcome.updated)
        self._steps += reply.steps()
        self._changed |= {task.id for task in outcome.updated}
        result: Result = {"changed": [self._row(task) for task in outcome.updated]}
        if outcome.unchanged:
            result["already so"] = len(outcome.unchanged)
        if outcome.skipped:
            result["left as they are, because somebody changed them meanwhile"] = outcome.skipped
        return result

    def delete_tasks(self, wanted: DeleteTasks) -> Result:
        """Propose to delete tasks."""
        named = list({task.id: task for task in self._named(wanted.ids)}.values())
        return self._propose(
            "Delete", [task.title for task in named], [edits.delete(task) for task in named]
        )

    def undo(self, _wanted: Undo) -> Result:
        """Undo the latest change of the conversation."""
        if self._has_undone or self._has_read:
            raise _Refused("Not possible any more in this turn. The person can press Undo.")
        with self._turn.reply() as reply:
            latest = reply.latest_undoable()
            if latest is None:
                raise _Refused("There is nothing to undo in this conversation.")
            number = reply.undo(latest.id)
        self._steps += reply.steps()
        self._has_undone = True
        return {"undone": latest.content["copy_text"], "tasks": number}

    def _show(self, reply: Reply, changed: Sequence[Task]) -> None:
        """Show tasks as they are now, so that the person need not believe the model's words."""
        now, zone = self._turn.now, self._turn.zone
        lines = [
            f"{task.title} ({details(task, now, zone)})".removesuffix(" ()") for task in changed
        ]
        reply.show(task_list_widget(changed, now, zone), "\n".join(lines))

    def _propose(self, verb: str, rows: Sequence[str], some: Sequence[Edit]) -> Result:
        if self._cards == MAX_CARDS:
            raise _Refused("The person has to answer the other cards first; nothing was changed.")
        with self._turn.reply() as reply:
            reply.propose(
                f"{verb} {count(len(some), 'task')}?",
                [" ".join(row.split()) for row in rows],
                some,
                confirm=verb,
                cancel="Keep" if verb == "Delete" else "Cancel",
            )
        self._steps += reply.steps()
        self._cards += 1
        return {"status": PROPOSED, "tasks": len(some)}

    def _named(self, numbers: Sequence[int]) -> list[Task]:
        """Return the tasks with these numbers, or refuse the call."""
        if not self._tasks.keys() >= set(numbers):
            raise _Refused(NO_SUCH_TASK)
        return [self._tasks[number] for number in numbers]

    def _row(self, task: Task) -> Result:
        """Return a task as the model sees it. A task keeps its number when it is seen again."""
        number = self._numbers.setdefault(task.id, len(self._numbers) + 1)
        self._tasks[number] = task
        row: Result = {"id": number, "title": task.title}
        if task.description:
            is_long = len(task.description) > MAX_SHOWN
            row["description"] = task.description[:MAX_SHOWN] + ("… (cut)" if is_long else "")
        if task.due_date is not None:
            row["due"] = self._due_text(task.due_date)
        if task.priority is not None:
            row["priority"] = task.priority
        if task.tags:
            row["tags"] = [tag.name for tag in task.tags[:MAX_SHOWN_TAGS]]
        if task.completed:
            row["completed"] = True
        return row

    def _due_text(self, due: Due) -> str:
        if isinstance(due, datetime):
            return f"{due.astimezone(self._turn.zone):%Y-%m-%dT%H:%M}"
        return due.isoformat()

    def _words(self, values: dict[str, Any]) -> str:
        """Return new values of a task in words, for a card."""
        return ", ".join(
            _WORDS[name](value) if name != "due_date" else self._due_words(value)
            for name, value in values.items()
        )

    def _due_words(self, due: Due | None) -> str:
        if due is None:
            return "no due date"
        return f"due {due_words(due, self._turn.now, self._turn.zone)}"


_ORDERS: dict[str, tuple[str, Literal["asc", "desc"]]] = {
    "due": ("due_date", "asc"),
    "priority": ("priority", "desc"),
    "newest": ("created_at", "desc"),
}

_WORDS: dict[str, Callable[[Any], str]] = {
    "title": lambda title: f"new title “{title}”",
    "description": lambda text: "new description" if text else "no description",
    "priority": lambda priority: f"priority {priority}" if priority else "no priority",
    "completed": lambda completed: "completed" if completed else "reopened",
    "tags": lambda names: " ".join(f"#{name}" for name in names) if names else "no tags",
}

TOOLS = {
    "find_tasks": _Tool(FindTasks, Tools.find_tasks, "Looking through your tasks"),
    "list_tags": _Tool(ListTags, Tools.list_tags, "Looking through your tags"),
    "add_tasks": _Tool(AddTasks, Tools.add_tasks, "Adding"),
    "change_tasks": _Tool(ChangeTasks, Tools.change_tasks, "Changing"),
    "delete_tasks": _Tool(DeleteTasks, Tools.delete_tasks, "Asking you"),
    "undo": _Tool(Undo, Tools.undo, "Undoing"),
}


def _none(value: Any) -> Any:
    return None if value == "none" else value


def _values_of(task: NewTask) -> dict[str, Any]:
    return {
        "title": task.title,
        "description": _none(task.description),
        "due_date": _none(task.due),
        "priority": _none(task.priority),
        "tags": task.tags,
    }


def _changed_values(task: Task, change: TaskChange) -> dict[str, Any]:
    """Return the values that a change sets, or refuse it if there are none."""
    given = change.model_fields_set
    values: dict[str, Any] = {
        name: getattr(change, name) for name in ("title", "completed") if name in given
    }
    if "description" in given:
        values["description"] = _none(change.description)
    if "due" in given:
        values["due_date"] = _none(change.due)
    if "priority" in given:
        values["priority"] = _none(change.priority)
    if given & {"add_tags", "remove_tags"}:
        kept = edits.names_of_tags(task, without=change.remove_tags)
        values["tags"] = [*kept, *change.add_tags]
    if not values:
        raise _Refused("A change has no new value; nothing was changed.")
    return values


def _messages(error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False, include_input=False)[:MAX_ERRORS]:
        place = ".".join(str(part) for part in detail["loc"])[:100]
        message = detail["msg"].removeprefix("Value error, ")
        if detail["type"] == "extra_forbidden":
            message = "there is no such argument"
        yield f"{place}: {message}" if place else message


def _definitions() -> list[dict[str, Any]]:
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": " ".join((tool.arguments.__doc__ or "").split()),
                "parameters": _schema(tool.arguments),
            },
        }
        for name, tool in TOOLS.items()
    ]


def _schema(arguments: type[Arguments]) -> dict[str, Any]:
    schema = arguments.model_json_schema()
    plain = _plain(schema, schema.get("$defs", {}))
    del plain["description"]  # the tool has it
    return plain | {"additionalProperties": False}


def _plain(schema: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON schema with few keywords and no references: some endpoints know no others."""
    if "$ref" in schema:
        return _plain(shared[schema["$ref"].rpartition("/")[2]], shared)
    if "anyOf" in schema:  # of a type and null
        schema = schema | schema["anyOf"][0]
    plain = {name: schema[name] for name in _KEYWORDS if name in schema}
    if "items" in schema:
        plain["items"] = _plain(schema["items"], shared)
    if "properties" in schema:
        plain["properties"] = {
            name: _plain(one, shared) for name, one in schema["properties"].items()
        }
    return plain


_KEYWORDS = ("type", "description", "enum", "required")

DEFINITIONS = _definitions()
"""The tools as the OpenAI API describes them."""
