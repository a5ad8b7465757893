"""Finds the tasks of a command: "milk", "1 and 3", "everything overdue", "the rest"."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

from ..store import tasks
from ..store.records import Task
from ..store.session import Reader
from .commands import Chosen, Filter, Matching, Mentioned, Named, Numbered, Target
from .describing import number, sentence
from .finding import find, find_named
from .memory import Memory
from .phrases import escaped
from .when import Clock

MAX_PARTS = 20


@dataclass(slots=True)
class Meant:
    """The tasks of a command, and what was not found."""

    tasks: list[Task] = field(default_factory=list)
    number: str = ""
    """Number of all tasks, if ``tasks`` are only the first of them."""
    missing: list[str] = field(default_factory=list)
    """Sentences about what was not found."""
    choices: list[Task] = field(default_factory=list)
    """Several tasks of which the person has to choose."""
    words: str = ""
    """The words that mean several tasks."""

    def add(self, other: "Meant") -> None:
        """Add what another target means; of several questions, the first is asked."""
        known = {task.id for task in self.tasks}
        self.tasks += [task for task in other.tasks if task.id not in known]
        self.missing += other.missing
        if not self.choices:
            self.choices, self.words = other.choices, other.words


class Targets:
    """Finds tasks in the store and in the memory of the conversation."""

    def __init__(self, reader: Reader, memory: Memory, clock: Clock, limit: int) -> None:
        self._reader = reader
        self._memory = memory
        self._clock = clock
        self._limit = limit
        self.touched: set[UUID] = set()
        """Tasks of this message so far, which are not part of "the rest"."""

    def find(self, target: Target, *, is_completed: bool = False) -> Meant:
        """Return the tasks of a target; ``is_completed`` if it is more likely a completed one."""
        meant = self._find(target, is_completed=is_completed)
        self.touched.update(task.id for task in meant.tasks)
        return meant

    def _find(self, target: Target, *, is_completed: bool) -> Meant:
        match target:
            case Named(words):
                return self._named_or_parts(words, is_completed=is_completed)
            case Numbered():
                return self._numbered(target, is_completed=is_completed)
            case Matching(wanted):
                return self._matching(wanted, is_completed=is_completed)
            case Mentioned(which):
                return self._mentioned(which)
            case Chosen(ids):
                return self._of_ids(ids)

    def _matching(self, wanted: Filter, *, is_completed: bool) -> Meant:
        if is_completed and wanted.status == "active" and not wanted.overdue:
            wanted = replace(wanted, status="completed")
        found = find(self._reader, wanted, self._clock, self._limit)
        if not found.tasks:
            return Meant(missing=[sentence(wanted, found, self._clock).rstrip(".") + "."])
        return Meant(found.tasks, number=number(found) if found.has_more else "")

    def _mentioned(self, which: str) -> Meant:
        if which == "rest":
            rest = [one for one in self._memory.listed if one not in self.touched]
            return self._of_ids(rest, "The rest of which list? Ask for a list first.")
        meant = self._of_ids(self._memory.mentioned, f"I don't know what “{which}” means here.")
        if which == "it" and len(meant.tasks) > 1:
            return Meant(choices=meant.tasks, words=which)
        return meant

    def _numbered(self, target: Numbered, *, is_completed: bool) -> Meant:
        listed = self._memory.listed
        if listed and all(one <= len(listed) for one in target.numbers):
            return self._of_ids(listed[one - 1 if one > 0 else one] for one in target.numbers)
        named = self._named(target.words, is_completed=is_completed)
        if not named.missing:
            return named
        if not listed:
            return Meant(missing=["There is no list to count in. Ask for a list first."])
        return Meant(missing=[f"The last list has no number {max(target.numbers)}."])

    def _named_or_parts(self, words: str, *, is_completed: bool) -> Meant:
        whole = self._named(words, is_completed=is_completed)
        parts = re.split(r",? and |,? or |, ?", words)[:MAX_PARTS]
        if whole.tasks or whole.choices or len(parts) == 1:
            return whole
        meant = Meant()
        for part in filter(None, parts):
            meant.add(self._named(part, is_completed=is_completed))
        return meant if meant.tasks or meant.choices else whole

    def _named(self, words: str, *, is_completed: bool) -> Meant:
        for status in (is_completed, not is_completed):
            found = find_named(self._reader, words, self._clock, is_completed=status)
            if len(found) > 1:
                return Meant(choices=found, words=words)
            if found:
                return Meant(found)
        return Meant(missing=[f"I found no task like “{escaped(words)}”."])

    def _of_ids(self, ids: Iterable[UUID], otherwise: str = "") -> Meant:
        wanted = list(ids)
        found = tasks.find_existing(self._reader, wanted) if wanted else {}
        existing = [found[one] for one in wanted if one in found]
        if existing:
            return Meant(existing)
        is_known = wanted or not otherwise
        return Meant(missing=["It does not exist any more." if is_known else otherwise])
