"""What a turn remembers of the turn before: the list last shown, tasks mentioned, a question."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from ..store.records import ChatItem, Task


@dataclass(slots=True)
class Memory:
    """Ids of tasks that a message may refer to; kept as the memo of an item."""

    listed: list[UUID] = field(default_factory=list)
    """The list last shown, for "done 2"."""
    mentioned: list[UUID] = field(default_factory=list)
    """The tasks of the last answer, for "move it to friday"."""
    asked: str = ""
    """The clause that "Which one?" was about."""
    choices: list[UUID] = field(default_factory=list)
    """The tasks to choose from."""

    def memo(self) -> dict[str, Any]:
        """Return the memo of an item."""
        return {
            "listed": [str(task_id) for task_id in self.listed],
            "mentioned": [str(task_id) for task_id in self.mentioned],
            "asked": self.asked,
            "choices": [str(task_id) for task_id in self.choices],
        }

    def show(self, tasks: Iterable[Task]) -> None:
        """Remember the list that is shown."""
        self.listed = [task.id for task in tasks]
        self.mentioned = list(self.listed)

    def ask(self, clause: str, tasks: Sequence[Task]) -> None:
        """Remember a question "Which one?"."""
        self.show(tasks)
        self.asked, self.choices = clause, list(self.listed)


def recall(items: Iterable[ChatItem]) -> Memory:
    """Return the memory in the memo of the last of these items that has one."""
    for item in reversed(list(items)):
        memo = item.memo
        if memo and "listed" in memo:
            return Memory(
                [UUID(one) for one in memo["listed"]],
                [UUID(one) for one in memo["mentioned"]],
                memo["asked"],
                [UUID(one) for one in memo["choices"]],
            )
    return Memory()
