"""The embedded assistant: plain English, without a model and without the network.

``understanding`` turns a message into commands, and ``_Answer`` runs them. All changes of a message
are one transaction with one receipt.
"""

from collections.abc import Generator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from ..store.records import Task
from ..store.tables import MAX_TITLE, fold
from . import changing, widgets
from .changing import Change
from .commands import (
    Add,
    Choose,
    Chosen,
    Clause,
    Command,
    Complete,
    Confirm,
    Delete,
    Move,
    Named,
    PlanDay,
    PlanWeek,
    Refuse,
    Rename,
    Reopen,
    Say,
    Show,
    Suggest,
    Undo,
)
from .conversation import AlreadyAnswered, CannotUndo, Reply, Step, Turn
from .describing import number, sentence, shown_list
from .edits import Create, Edit
from .finding import find, find_named
from .grammar import FIRST_WORDS
from .memory import recall
from .phrases import bold, count, day_words, details, due_words, escaped, listed, summary
from .planning import plan_day, plan_week
from .targets import Meant, Targets
from .understanding import understand
from .when import Clock
from .words import parse

MAX_TO = 5
"""Words "to" that may belong to the title of a task to rename."""
MAX_COMMANDS = 25
"""Commands of one message, apart from tasks to add."""
MAX_AT_ONCE = 25
"""Tasks that are changed without a card that asks first."""
MAX_IN_CARD = 1000
MAX_SHOWN = 20

HELP = """I can add, find and change your tasks. For example:

- add pay rent friday 5pm #home
- what is due today?
- done milk
- move everything overdue to tomorrow
- tag milk with \\#shopping, set milk to high
- delete all done tasks
- plan my day
- undo"""
_SAYINGS = {
    "hello": "Hello! Tell me what to add, or ask what is due today.",
    "thanks": "You're welcome.",
    "help": HELP,
    "trash": "I can't do that. Open Trash in the menu to restore tasks or to empty it.",
    "advice": "That is for you to decide. To change something, tell me, for example “move the"
    " report to friday”.",
    "date": "I can't tell which of the numbers is the month. Say for example “3 april”.",
    "kept": "OK, I changed nothing.",
    "question": "That was a question, so I changed nothing. To do it, say it without the question"
    " mark.",
}
_REPORTS = {"done", "finished", "completed", "mark", "i", "i've", "i'm", "tick", "check"}
"""First words of clauses that can't be tasks: "done milk"."""
_UNCHANGED = "That is so already; I changed nothing."


def respond(turn: Turn) -> Generator[Step, None, None]:
    """Do what the message says, and answer it."""
    clauses = understand(turn.text, now=turn.now, zone=turn.zone)
    try:
        with turn.reply() as reply:
            _Answer(turn, reply).run(clauses)
    except (CannotUndo, AlreadyAnswered) as error:
        # The failed undo must not be committed with its answer.
        with turn.reply() as reply:
            reply.say(str(error) or "That was answered already.")
    yield from reply.steps()


class _Answer:
    """Runs the commands of a message, and collects what to say."""

    def __init__(self, turn: Turn, reply: Reply) -> None:
        self._turn = turn
        self._reply = reply
        self._clock = Clock(turn.now, turn.zone)
        self._before = recall(turn.previous)
        self._memory = replace(self._before, asked="", choices=[])
        self._targets = Targets(reply.transaction, self._memory, self._clock, MAX_IN_CARD)
        self._clause = ""
        self._texts: list[str] = []
        self._lists: list[Sequence[Task]] = []
        self._proposals: list[_Proposal] = []

    def run(self, clauses: Sequence[Clause]) -> None:
        """Run all commands, and add the answer to the reply."""
        clauses = self._with_choice(clauses)
        number_of_commands = sum(not isinstance(one.command, Add | Suggest) for one in clauses)
        if number_of_commands > MAX_COMMANDS:
            self._say(f"At most {MAX_COMMANDS} commands fit in a message. I changed nothing.")
            clauses = []
        for kind, group in groupby(clauses, lambda one: type(one.command)):
            if kind in (Add, Suggest):
                self._add([clause.command for clause in group])
                continue
            for clause in group:
                self._clause = clause.text
                self._run_one(clause.command, is_alone=len(clauses) == 1)
        self._finish()

    def _run_one(self, command: Command, *, is_alone: bool) -> None:
        if isinstance(command, Change):
            self._change(command)
            return
        match command:
            case Show():
                self._show(command)
            case Undo():
                self._undo()
            case PlanDay():
                self._plan_day()
            case PlanWeek():
                self._plan_week(command)
            case Confirm() | Refuse():
                self._answer_card(command)
            case Choose():
                self._say("I did not ask anything.")
            case Say(topic):
                self._say(_SAYINGS[topic])
            case _:
                what = "that" if is_alone else f"“{escaped(self._clause)}”"
                self._say(f"I did not understand {what}.")
                if is_alone:
                    self._say(HELP)

    # Output

    def _say(self, text: str) -> None:
        if text not in self._texts:
            self._texts.append(text)

    def _list(self, some: Sequence[Task]) -> None:
        self._lists.append(some)

    def _finish(self) -> None:
        if not self._texts:
            is_new = all(one.label == "Add" for one in self._proposals)
            self._say("Shall I add this?" if is_new else "Please confirm:")
        self._reply.say("\n\n".join(self._texts), self._memory.memo())
        for some in self._lists:
            widget = widgets.task_list(some, self._turn.now, self._turn.zone)
            self._reply.show(widget, "\n".join(task.title for task in some))
        if not self._proposals:
            return
        first = self._proposals[0]
        if len(self._proposals) > 1:  # "yes" must have one meaning
            rows = [row for one in self._proposals for row in (one.question, *one.rows)]
            every = [edit for one in self._proposals for edit in one.edits]
            first = _Proposal("Do all of this?", "Do it", rows, every)
        self._reply.propose(
            first.question, first.rows, first.edits, confirm=first.label, cancel=first.cancel
        )

    def _details(self, task: Task) -> str:
        return details(task, self._turn.now, self._turn.zone)

    def _markdown_details(self, task: Task) -> str:
        names = [replace(tag, name=escaped(tag.name)) for tag in task.tags]
        return self._details(replace(task, tags=names))

    # Adding

    def _add(self, commands: Sequence[Command]) -> None:
        parsed = [one.task for one in commands if isinstance(one, Add | Suggest)]
        some = [changing.create(task, self._clock) for task in parsed[:MAX_IN_CARD]]
        if len(parsed) > len(some):
            self._say(f"These are the first {len(some):,} of {len(parsed):,} tasks.")
        if isinstance(commands[0], Add):
            created = self._reply.apply(some).created
            self._say(changing.added(created, self._markdown_details))
            self._memory.mentioned = [task.id for task in created]
        else:
            self._propose_to_add(some)
        if any(task.repeat for task in parsed):
            self._say("I can't repeat tasks yet; this is for the next date only.")

    def _propose_to_add(self, some: Sequence[Create]) -> None:
        rows = [self._row(one) for one in some]
        asked = f"Add {rows[0]}?" if len(rows) == 1 else f"Add {len(rows):,} tasks?"
        self._proposals.append(
            _Proposal(asked, "Add", rows if len(rows) > 1 else [], some, cancel="No")
        )

    def _row(self, edit: Create) -> str:
        values = edit.values
        due = values["due_date"]
        more = [
            *([due_words(due, self._turn.now, self._turn.zone)] if due else []),
            *([values["priority"]] if values["priority"] else []),
            *(f"#{name}" for name in values["tags"]),
        ]
        return f"“{values['title']}”" + (f" ({', '.join(more)})" if more else "")

    # Changing

    def _change(self, command: Change) -> None:
        is_completed = isinstance(command, Reopen)
        if isinstance(command, Rename):
            command, meant = self._find_to_rename(command)
        else:
            meant = self._targets.find(command.target, is_completed=is_completed)
        for text in meant.missing:
            self._say(text)
        if isinstance(command, changing.ONE_AT_A_TIME) and len(meant.tasks) > 1:
            meant = replace(meant, tasks=[], choices=meant.tasks, words=self._clause)
        if meant.tasks:
            self._edit(command, meant)
        if meant.choices:
            self._ask(meant.words, meant.choices)
        elif meant.missing and not meant.tasks:
            self._offer_to_add(command)

    def _edit(self, command: Change, meant: Meant) -> None:
        found = [(task, changing.edit(command, task, self._clock)) for task in meant.tasks]
        some = [edit for _, edit in found if edit is not None]
        for task in [task for task, edit in found if edit is None][:1]:
            what = "time" if task.due_date else "date"
            self._say(f"{bold(task.title)} has no {what} that could be moved.")
        if not some:
            return
        if isinstance(command, Delete) or len(some) > MAX_AT_ONCE:
            self._ask_to_change(command, meant, some)
            return
        outcome = self._reply.apply(some)
        self._memory.mentioned = [task.id for task in (*outcome.updated, *outcome.unchanged)]
        if outcome.updated:
            self._say(changing.sentence(command, outcome.updated, self._clock))
        else:
            self._say(_UNCHANGED)

    def _ask_to_change(self, command: Change, meant: Meant, some: Sequence[Edit]) -> None:
        shown = f"{len(some):,}"
        if meant.number:
            shown = f"the first {shown} of {meant.number}"
        asked, label = changing.question(command, shown)
        rows = [self._task_row(task) for task in meant.tasks]
        cancel = "Keep" if isinstance(command, Delete) else "Cancel"
        self._proposals.append(_Proposal(asked, label, rows, some, cancel))

    def _task_row(self, task: Task) -> str:
        return " · ".join(filter(None, (task.title, self._details(task))))

    def _find_to_rename(self, command: Rename) -> tuple[Rename, Meant]:
        """Try each "to" of "rename letter to mum to letter to dad"; an exact title counts most."""
        found = []
        target, title = command.target, command.title
        for _ in range(MAX_TO):
            meant = self._targets.find(target)
            found.append((Rename(target, title), meant))
            before, to, title = title.partition(" to ")
            if not to or not isinstance(target, Named):
                break
            target = Named(f"{target.words} to {before}")
        for one, meant in found:
            titles = {fold(task.title) for task in meant.tasks}
            if isinstance(one.target, Named) and fold(one.target.words) in titles:
                return one, meant
        return next((one for one in found if not one[1].missing), found[0])

    def _offer_to_add(self, command: Change) -> None:
        """Offer to add "delete old files" if no such task is there: it may be a task itself."""
        verb = self._clause.partition(" ")[0].lower()
        may_be_task = isinstance(command, Delete | Move | Complete) or verb not in FIRST_WORDS
        if may_be_task and verb not in _REPORTS and isinstance(command.target, Named):
            parsed = parse(self._clause, now=self._turn.now, zone=self._turn.zone)
            # "the flight is at 5pm" without its time
            parsed = replace(parsed, title=parsed.title.removesuffix(" is").removesuffix(" are"))
            if len(parsed.title) <= MAX_TITLE:
                self._propose_to_add([changing.create(parsed, self._clock)])

    # Questions back

    def _ask(self, words: str, choices: Sequence[Task]) -> None:
        some = choices[:MAX_SHOWN]
        how = "Say a number, or “all of them”."
        if len(some) < len(choices):
            how = f"These are the first {len(some)}."
        number_of_tasks = count(len(choices), "task")
        self._say(f"{number_of_tasks} are like “{escaped(words)}”. Which one? {how}")
        self._list(some)
        self._memory.ask(self._clause, some)

    def _with_choice(self, clauses: Sequence[Clause]) -> Sequence[Clause]:
        """Replace the answer to "Which one?" by the command that was asked about."""
        if not self._before.choices or not clauses:
            return clauses
        ids = self._chosen(clauses[0].command)
        asked = understand(self._before.asked, now=self._turn.now, zone=self._turn.zone)
        if not ids or len(asked) != 1 or not isinstance(asked[0].command, Change):
            return clauses
        command = replace(asked[0].command, target=Chosen(ids))
        return [Clause(self._before.asked, command), *clauses[1:]]

    def _chosen(self, command: Command) -> tuple[UUID, ...]:
        choices = self._before.choices
        match command:
            case Choose(None):
                return tuple(choices)
            case Choose(numbers) if numbers and all(one <= len(choices) for one in numbers):
                return tuple(choices[one - 1 if one > 0 else one] for one in numbers)
            case Suggest(task) | Add(task):
                named = find_named(
                    self._reply.transaction, task.title, self._clock, is_completed=False
                )
                ids = [one.id for one in named if one.id in choices]
                return tuple(ids) if len(ids) == 1 else ()
        return ()

    def _answer_card(self, command: Confirm | Refuse) -> None:
        cards = [item for item in self._turn.previous if item.memo and "edits" in item.memo]
        if not cards:
            self._say("I did not ask anything.")
        elif isinstance(command, Refuse):
            self._reply.cancel(cards[-1].id)
            self._say("Nothing was changed.")
        else:
            outcome = self._reply.confirm(cards[-1].id)
            self._say(f"{summary(outcome)}.")
            self._memory.mentioned = [task.id for task in (*outcome.created, *outcome.updated)]

    # Undo, lists and plans

    def _undo(self) -> None:
        latest = self._reply.latest_undoable()
        if latest is None:
            self._say("There is nothing to undo here.")
            return
        number_of_tasks = self._reply.undo(latest.id)
        verb = "is as it was" if number_of_tasks == 1 else "are as they were"
        self._say(f"Undone: {count(number_of_tasks, 'task')} {verb}.")

    def _show(self, command: Show) -> None:
        wanted = command.filter
        limit = 1 if command.is_count else MAX_SHOWN
        found = find(self._reply.transaction, wanted, self._clock, limit)
        if not found.tasks and wanted.words and wanted.status == "active":
            wanted = replace(wanted, status="all")
            found = find(self._reply.transaction, wanted, self._clock, limit)
        text = sentence(command.filter, found, self._clock)
        if command.is_count or not found.tasks:
            self._say(f"{text.rstrip('.')}.")
            return
        self._show_list(shown_list(text, found), found.tasks)

    def _show_list(self, text: str, some: Sequence[Task]) -> None:
        self._say(text)
        self._list(some)
        self._memory.show(some)

    def _plan_day(self) -> None:
        plan = plan_day(self._reply.transaction, self._clock, MAX_SHOWN)
        parts = [
            f"{number(found)} {'is' if found.total == 1 else 'are'} {what}"
            for found, what in (
                (plan.overdue, "overdue"),
                (plan.today, "due today"),
                (plan.urgent, "urgent without a date"),
            )
            if found.tasks
        ]
        if not parts:
            self._say("Nothing is due today and nothing is urgent. Enjoy your day!")
            return
        first, _, rest = listed(parts).partition(" ")
        noun = "task" if first == "1" else "tasks"
        some = [*plan.overdue.tasks, *plan.today.tasks, *plan.urgent.tasks]
        self._show_list(f"{first} {noun} {rest}:", some)

    def _plan_week(self, command: PlanWeek) -> None:
        plan = plan_week(
            self._reply.transaction, self._clock, each=command.each, is_next=command.is_next
        )
        if not plan.days:
            full = "Your week is full already." if plan.left else ""
            self._say(full or "Nothing is overdue, and every task has a date.")
            return
        moves = [(Move(Chosen((task.id,)), day), task) for task, day in plan.days]
        some = [changing.edit(move, task, self._clock) for move, task in moves]
        rows = [f"{task.title} → {day_words(day, self._clock.today)}" for task, day in plan.days]
        limit = f", with at most {count(command.each, 'task')} a day" if command.each else ""
        self._say(f"Here is a plan for your week{limit}.")
        if plan.left:
            verb = "does" if plan.left == 1 else "do"
            self._say(f"{count(plan.left, 'more task')} {verb} not fit.")
        asked = f"Move {count(len(rows), 'task')}?"
        edits = [edit for edit in some if edit is not None]
        self._proposals.append(_Proposal(asked, "Move", rows, edits))


class _Proposal(NamedTuple):
    """Edits to ask about."""

    question: str
    label: str
    rows: Sequence[str]
    edits: Sequence[Edit]
    cancel: str = "Cancel"
