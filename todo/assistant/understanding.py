"""What a message means: the commands, questions and tasks in it.

A clause is read in this order: a short answer such as "yes", a question, a command, the description
of a list such as "overdue", and otherwise a task. A question changes nothing. A task is added if
the person said so or if it has a date, a tag, a priority or a repeat, and is suggested otherwise.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from . import clauses
from .commands import (
    Add,
    AddTags,
    Choose,
    Clause,
    Command,
    Complete,
    Confirm,
    Delete,
    Move,
    Refuse,
    Say,
    SetPriority,
    Show,
    Suggest,
    Unclear,
)
from .grammar import FIRST_WORDS, read_command
from .questions import looks_like_question, read_list, read_question, read_short
from .when import Clock
from .words import ParsedTask, parse

_POLITE = re.compile(
    r"(?:(?:please|pls|hey|hi|hello|ok|okay|now|just|also|then|so|well|assistant|and|oh)\b[,!:]? "
    r"|(?:can|could|would|will) you (?:please |also |just |maybe )*"
    r"|(?:i want|i would like|i'd like|i need) you to |let['\u2019]?s )",
    re.IGNORECASE,
)
_POLITE_REQUEST = re.compile(
    r"(?:(?:please|hey|hi|hello|ok|okay),? )*(?:can|could|would|will) you ", re.IGNORECASE
)
_POLITE_END = re.compile(
    r"[, ]+(?:please|pls|thanks|thank you|thx|for me|if you can|if possible)$", re.IGNORECASE
)
_TELL_ME = re.compile(r"(?:tell|show) me (?=what|which|how|if|when|whether)", re.IGNORECASE)

# Beginnings such as "remind me to": what follows is a task.
_A_TASK = r"(?:an? |the |another )?(?:new )?(?:task|todo|to-do|to do|reminder|item)s?"
_ADD = re.compile(
    r"(?:"
    rf"(?:add|create|make|new|insert)(?: me)? {_A_TASK}"
    r"(?: called| named|:| to| for(?= me)| that says)*,? "
    rf"|{_A_TASK}: ?|note to (?:self|me|myself):? ?"
    r"|add(?: to (?:my|the) (?:to-?do )?list)?:? (?!up\b|to\b)"
    r"|(?:please )?remind me (?:to |about |of |that )?"
    r"|remember to |(?:please )?don['\u2019]?t forget (?:to |about )?|do not forget (?:to |about )?"
    r"|put (?=.+ (?:on|in|onto|to) (?:my |the )?(?:to-?do |task )?list$)"
    r")",
    re.IGNORECASE,
)
_TO_LIST = re.compile(
    r" (?:to|on|in|onto) (?:my|the|our) (?:to-?do |task |to do )?(?:lists?|tasks|todos)$",
    re.IGNORECASE,
)
_ADD_HEADER = re.compile(
    r"(?:please )?add(?: (?:these|the following|this|all of these|those))?"
    r"(?: tasks| items| todos)?:?|new tasks:?|(?:my )?(?:tasks|todos?|to-?do list):",
    re.IGNORECASE,
)
# "I need to call mum"
_WISH = re.compile(
    r"(?:i|we)(?:['\u2019]?ll| will| must| should| need to| have to| has to| want to| wanna"
    r"| would like to|['\u2019]d like to| gotta|['\u2019]ve got to| got to"
    r"|['\u2019]m going to| am going to) ",
    re.IGNORECASE,
)
_NEGATION = re.compile(r"(?:not|never) ", re.IGNORECASE)
_NEGATED = re.compile(r"(?:please )?(?:don['\u2019]?t|do not|never) ", re.IGNORECASE)
_HAVE = re.compile(
    r"(?:i|we) have (?:got )?(?:an? |the |my )?|there(?:['\u2019]?s| is) (?:an? )?", re.IGNORECASE
)
_STATEMENT = re.compile(
    r"(?:i|i['\u2019](?:m|ve|d|ll)|im|we|we['\u2019]\w+|you|you['\u2019]\w+|he|she|they|it|it['\u2019]s"
    r"|that['\u2019]?s|this is|there)\b",
    re.IGNORECASE,
)
# Verbs of a command that may be left out afterwards: "move a to friday, b to monday".
_REPEATED_VERBS: dict[type, str] = {
    Move: "move ",
    SetPriority: "set ",
    AddTags: "tag ",
}
MAX_CLAUSE = 200
"""Characters of a clause in which commands are looked for to split a sentence."""
_MORE_FIRST_WORDS = (
    "add create make new insert remind remember put don't what what's which show list how any"
    " when is did"
)
_FIRST_WORDS = FIRST_WORDS.union(_MORE_FIRST_WORDS.split())
_STATE = re.compile(r" (?:is|are|isn't|aren't|has|have) ")
_NOTE = re.compile(
    r"(?:add )?(?:a )?(?:note|comment) (?:to|on|for) (?!self\b|me\b|myself\b)[^:]+:", re.IGNORECASE
)
_SHORT = (Choose, Confirm, Refuse)


@dataclass(frozen=True, slots=True)
class _Task:
    """A text that is no command."""

    text: str
    is_said: bool = False
    """Whether the person said that it is a task."""


def understand(text: str, *, now: datetime, zone: ZoneInfo) -> list[Clause]:
    """Return the clauses of a message with their commands, in order."""
    reader = _Reader(Clock(now, zone))
    lines = clauses.lines(text)
    has_header = len(lines) > 1 and _ADD_HEADER.fullmatch(lines[0].text) is not None
    if has_header or reader.is_list(lines):
        unticked = (line.text for line in lines[has_header:] if not line.is_ticked)
        found = list(reader.tasks(unticked, is_said=has_header))
    else:
        found = reader.read_lines(line.text for line in lines)
    return found or [Clause(text, Unclear())]


class _Reader:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._parsed: dict[str, ParsedTask] = {}

    def is_list(self, lines: list[clauses.Line]) -> bool:
        """Return whether the lines are a list of tasks, such as one that was pasted."""
        if any(line.has_bullet for line in lines):
            others = [line.text for line in lines if not line.has_bullet]
            return all(text.endswith(":") for text in others)
        return len(lines) > 1 and all(
            isinstance(self._read(line.text), _Task) and not _ADD.match(line.text) for line in lines
        )

    def tasks(self, lines: Iterable[str], *, is_said: bool) -> Iterator[Clause]:
        """Yield the tasks of a list, without headings such as "Shopping:"."""
        for line in lines:
            if not line.endswith(":"):
                task = self._parse(line)
                yield Clause(line, Add(task) if is_said else Suggest(task))

    def read_lines(self, lines: Iterable[str]) -> list[Clause]:
        """Return the clauses of lines that are not a list."""
        found: list[Clause] = []
        is_said = False
        for line in lines:
            for sentence in [line] if _is_note(line) else clauses.sentences(line):
                for part in self._parts(sentence):
                    read = self._read(part)
                    if isinstance(read, _Task):
                        # In "add milk; eggs", the eggs are to be added too.
                        is_said = is_said or read.is_said
                        read = self._task(replace(read, is_said=is_said))
                    found.append(Clause(part.strip(), read))
        return found

    def _parts(self, sentence: str) -> Iterable[str]:
        # Parts of a question are no commands: "should I move the report and delete milk?"
        if _POLITE_REQUEST.match(sentence):
            sentence = sentence.rstrip("?")
        is_whole = sentence.endswith("?") or _is_note(sentence) or read_short(sentence) is not None
        return [sentence] if is_whole else clauses.split(sentence.rstrip(";"), self._is_split)

    def _task(self, task: _Task) -> Command:
        wish = _WISH.match(task.text)
        text = task.text[wish.end() :] if wish else task.text
        if wish and _NEGATION.match(text):
            return Unclear()
        parsed = self._parse(text)
        if task.is_said:  # "remind me tomorrow to call mum"
            return Add(replace(parsed, title=parsed.title.removeprefix("to ")))
        have = _HAVE.match(text)
        if have and parsed.due_date is not None:
            return Suggest(self._parse(text[have.end() :]))
        if _STATEMENT.match(text):
            return Unclear()
        return Add(parsed) if parsed.spans else Suggest(parsed)

    def _parse(self, text: str) -> ParsedTask:
        text = _without_quotation_marks(_without_full_stop(text, "."))
        if text not in self._parsed:
            self._parsed[text] = parse(text, now=self._clock.now, zone=self._clock.zone)
        return self._parsed[text]

    # One clause

    def _read(self, text: str) -> Command | _Task:
        """Return the meaning of a clause."""
        text = text.strip(" ,")
        short = read_short(text)
        if short is not None:
            return short
        is_request = _POLITE_REQUEST.match(text) is not None
        may_act = is_request or not text.endswith("?")
        text = _without_politeness(text.rstrip("?") if is_request else text)
        if not re.search(r"\w", text):
            return Unclear()
        if not may_act and _ADD.match(text):
            return Say("question")
        if looks_like_question(text) or not may_act:
            return read_question(text, self._clock)
        negated = _NEGATED.match(text)
        if negated and not _ADD.match(text):
            is_command = self._command(text[negated.end() :]) is not None
            return Say("kept") if is_command else _Task(text)
        command = self._command(text)
        if command is not None:
            return command
        added = _ADD.match(text)
        if added and text[added.end() :].strip(" :"):
            return _Task(_TO_LIST.sub("", text[added.end() :]).strip(" :"), is_said=True)
        is_verb_only = text.lower() in _FIRST_WORDS
        return Unclear() if is_verb_only else _Task(text)

    def _command(self, text: str) -> Command | None:
        text = _without_full_stop(text, ".!")
        wish = _WISH.match(text)
        if wish:
            text = text[wish.end() :]
        return read_command(text, self._clock) or read_list(text, self._clock)

    # Where a sentence is split

    def _is_split(self, place: clauses.Split) -> str | None:
        """Return "" or a verb to repeat if a clause begins after ``place``, otherwise None."""
        if not place.after[0]:
            return None
        is_long = len(place.before) > MAX_CLAUSE
        left = _Task(place.before) if is_long else self._read(place.before)
        if isinstance(left, Say) and left.topic in ("advice", "help", "question"):
            return None
        if _may_begin_command(place.after[0]):
            for rest in place.after:
                if self._may_follow(left, self._read(rest), place.separator):
                    return ""
        verb = _REPEATED_VERBS.get(type(left))
        if verb and isinstance(read_command(verb + place.after[0], self._clock), type(left)):
            return verb
        are_tasks = isinstance(left, _Task) and self._are_dated(left.text, place.after)
        return "" if are_tasks else None

    def _may_follow(self, left: Command | _Task, right: Command | _Task, separator: str) -> bool:
        """Return whether a clause may follow another one after this separator."""
        if isinstance(right, _Task) and not right.is_said:
            return False
        if isinstance(right, _SHORT):
            return False
        if not isinstance(left, _Task | Unclear) or "," in separator or "then" in separator:
            return True
        # After "and", a verb may belong to the task: "add write and finish the essay".
        if isinstance(left, Unclear) or not (left.is_said or self._is_dated(left.text)):
            return separator == ""
        return not isinstance(right, Complete | Delete) and not (
            isinstance(right, Show) and right.filter.words
        )

    def _are_dated(self, left: str, after: tuple[str, ...]) -> bool:
        """Return whether a task with a date is followed by another one with a date of its own."""
        if self._is_dated(after[0]):
            return self._is_dated(left)
        # "buy bread and butter friday", but not "eggs and call mum friday"
        is_phrase = len(after[0].split(maxsplit=2)) > 1
        return is_phrase and self._is_dated(left) and any(map(self._is_dated, after[1:]))

    def _is_dated(self, text: str) -> bool:
        return self._parse(text[:MAX_CLAUSE]).due_date is not None


def _may_begin_command(text: str) -> bool:
    """Return whether it is worth to read ``text`` as a command."""
    word = _without_politeness(text).partition(" ")[0].lower()
    return word in _FIRST_WORDS or _STATE.search(text) is not None


def _is_note(line: str) -> bool:
    """Return whether the line is a note on a task, which may contain anything."""
    return _NOTE.match(line) is not None


# Text


def _without_politeness(text: str) -> str:
    for _ in range(4):
        polite = _POLITE.match(text) or _TELL_ME.match(text)
        if polite is None:
            break
        text = text[polite.end() :]
    return _POLITE_END.sub("", text)


def _without_full_stop(text: str, marks: str) -> str:
    """Return the text without one of ``marks`` at its end; "p.m." keeps its full stop."""
    text = text.strip()
    is_marked = text[-1:] in marks and re.search(r"(?:[^\W_]{2}|[\d)\"”]).$", text) is not None
    return text[:-1].rstrip() if is_marked else text


def _without_quotation_marks(text: str) -> str:
    """Return the text without quotation marks around all of it."""
    is_quoted = re.fullmatch(r'"[^"]+"|“[^”]+”', text) is not None
    return text[1:-1].strip() or text if is_quoted else text
