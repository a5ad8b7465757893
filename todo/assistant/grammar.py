"""Sentences of commands: "move milk to friday" is a Move.

``_SENTENCES`` is the table of all sentences. In a sentence, ``a|b`` is one of two words,
``[a|b]`` a word that may be missing, ``_`` a space within a word of several words, and ``{slot}``
any text: ``{slot?}`` as short as possible, ``{slot:}`` before a colon, ``{slot#}`` from a "#" on.
The first sentence whose function returns a command counts.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from .commands import (
    AddTags,
    Command,
    Complete,
    Delete,
    Describe,
    Filter,
    Matching,
    Move,
    Named,
    PlanDay,
    PlanWeek,
    RemoveTags,
    Rename,
    Reopen,
    Say,
    SetPriority,
    Shift,
    Show,
    Unclear,
    Undo,
)
from .filters import are_tags, read_filter, read_target, tag_names
from .when import LENGTH, NUMBER, Clock, count_of, read_days, read_length, read_when
from .words import Priority

Slots = dict[str, str]
Build = Callable[[Slots, Clock], Command | None]

_PRIORITIES: dict[str, Priority | None] = {
    **dict.fromkeys(("high", "highest", "urgent", "important", "!high", "!1"), "high"),
    **dict.fromkeys(("medium", "normal", "!medium", "!2"), "medium"),
    **dict.fromkeys(("low", "lowest", "unimportant", "!low", "!3"), "low"),
    **dict.fromkeys(("no", "none"), None),
}
_SLOTS = {
    "priority": f"(?:{'|'.join(_PRIORITIES)})",
    "length": f"(?:{LENGTH})",
    "number": NUMBER,
    "week": "(?:this |next )?week,?",
}
_MAX_WORDS_BEFORE_DONE = 4
MAX_WORDS_OF_TAG = 2

# Functions: each returns the command of a sentence with the text of its slots, or None.


def _complete(slots: Slots, clock: Clock) -> Command | None:
    text = slots["target"]
    days = read_days(text, clock)
    if days is not None:  # "done today"
        return Show(Filter("completed", days.first, days.last))
    target = read_target(text, clock)
    if target is None or text.lower().strip() in ("tasks", "things", "items", "ones"):
        return Show(Filter("completed"))
    return Complete(target)


def _complete_short(slots: Slots, clock: Clock) -> Command | None:
    words = slots["target"].lower().split()
    is_state = words[0] in ("get", "have", "be", "well", "getting") or words[-1] == "not"
    if is_state or len(words) > _MAX_WORDS_BEFORE_DONE:
        return None
    return _of(Complete)(slots, clock)


def _of(kind: type[Complete] | type[Reopen] | type[Delete]) -> Build:
    """Return the function of a command that has a target only."""

    def build(slots: Slots, clock: Clock) -> Command | None:
        target = read_target(slots["target"], clock)
        return None if target is None else kind(target)

    return build


def _delete_matching(slots: Slots, clock: Clock) -> Command | None:
    target = read_target(slots["target"], clock)
    return Delete(target) if isinstance(target, Matching) else None


def _move(slots: Slots, clock: Clock) -> Command | None:
    target, when = read_target(slots["target"], clock), read_when(slots["when"], clock)
    if re.match(r"[0-9]{1,2}/[0-9]{1,2}\b", slots["when"]):
        return Say("date")
    return None if target is None or when is None else Move(target, when)


def _move_by(sign: int) -> Build:
    def build(slots: Slots, clock: Clock) -> Command | None:
        text = re.sub(r" (?:back|forwards?|up|out|off|on|by)$", "", slots["target"].strip())
        target, by = read_target(text, clock), read_length(slots["length"].strip())
        if target is None:
            return None
        return Move(target, Shift(sign * by.days, sign * by.months, sign * by.minutes))

    return build


def _remove_date(slots: Slots, clock: Clock) -> Command | None:
    target = read_target(slots["target"], clock)
    return None if target is None else Move(target, None)


def _set_priority(slots: Slots, clock: Clock) -> Command | None:
    target = read_target(slots["target"], clock)
    if target is None:
        return None
    return SetPriority(target, _PRIORITIES[slots.get("priority", "high").strip().lower()])


def _remove_priority(slots: Slots, clock: Clock) -> Command | None:
    return _set_priority({**slots, "priority": "none"}, clock)


def _tag(kind: type[AddTags] | type[RemoveTags], *, needs_sign: bool = False) -> Build:
    """Return the function of a command with tags; "#home" has the sign of a tag."""

    def build(slots: Slots, clock: Clock) -> Command | None:
        text, target = slots.get("tags", "").strip(), read_target(slots["target"], clock)
        if target is None or (needs_sign and not are_tags(text)):
            return None
        names = tag_names(text)
        if not are_tags(text) and any(len(name.split()) > MAX_WORDS_OF_TAG for name in names):
            return None  # "tag along with bob on friday"
        return kind(target, names) if names or kind is RemoveTags else None

    return build


def _rename(slots: Slots, clock: Clock) -> Command | None:
    target = read_target(slots["target"], clock)
    title = slots["title"].strip().strip('"“”')
    return Rename(target, title) if target is not None and title else None


def _describe(*, is_added: bool) -> Build:
    def build(slots: Slots, clock: Clock) -> Command | None:
        target, text = read_target(slots["target"], clock), slots["text"].strip()
        if target in (Named("self"), Named("me"), Named("myself")):
            return None
        return None if target is None or not text else Describe(target, text, is_added)

    return build


def _plan_week(slots: Slots, clock: Clock) -> Command | None:
    word = slots.get("number", "").strip().lower()
    return PlanWeek(count_of(word) if word else None, slots["week"].lower().startswith("next"))


def _say(command: Command) -> Build:
    return lambda *_: command


def _find(slots: Slots, clock: Clock) -> Command | None:
    """Show the tasks with these words that are not described otherwise."""
    found, rest = read_filter(slots["text"], clock)
    words = " ".join(filter(None, (found.words, rest)))
    is_task = re.match(r"an? ", slots["text"], re.IGNORECASE) or found.first_day or found.last_day
    if is_task and not re.search(r"\btasks?\b", slots["text"]):
        return None  # "find a plumber by friday"
    if not words and found == Filter():
        return None
    return Show(replace(found, words=words))


# Sentences

_MOVE = "move|reschedule|shift|push|push_back|postpone|delay|defer|put_off|snooze|bring_forward"
_THE_DATE = "[the] [due] date|deadline|day|time"
_SET = "set|change|make|mark|put|raise|lower|bump"
_PLAN = "plan|organize|organise"
_DONE = "done|complete|completed|finished"
_OPEN = "open|active|undone|unfinished|incomplete|not_done|not_finished|todo|to_do"

_SENTENCES: list[tuple[Build, str]] = [
    (_say(Undo()), "undo|revert [it|that|this] [please]"),
    (_say(Undo()), "undo|revert [the|my] [last|latest] change|one|thing|action|step"),
    (_say(Undo()), "undo|take [it|that] back"),
    (_say(Unclear()), "undo|revert {target}"),
    (_say(PlanDay()), f"{_PLAN} [my|the] day|today"),
    (_plan_week, f"{_PLAN} [my|the] [rest_of_the] {{week}}"),
    (
        _plan_week,
        f"{_PLAN} [my|the] {{week}} [with] at_most|max|up_to {{number}} [tasks] a|per|each day",
    ),
    (_plan_week, "spread [all] [my] [tasks|everything] [out] over|across [the|my] {week}"),
    # Describe: before the others, because a note may say anything
    (_describe(is_added=True), "[add] [a] note|comment [to|on|for] {target:} {text}"),
    (_describe(is_added=False), "describe {target} as {text}"),
    (_describe(is_added=False), "set|change [the] description of|for {target} to {text}"),
    # Priorities, dates and tags that are removed
    (_remove_date, f"remove|clear|delete|drop|unset {_THE_DATE} of|from|for {{target}}"),
    (_remove_date, "{target} has|have no [due] date"),
    (_remove_date, "unschedule {target}"),
    (_remove_priority, "remove|clear|delete|drop|unset [the] priority of|from|for {target}"),
    (_remove_priority, "{target} has|have no priority"),
    (_tag(RemoveTags), "remove|clear|delete [all] [the] tags of|from {target}"),
    (_tag(RemoveTags), "untag {target} from {tags}"),
    (_tag(RemoveTags), "untag {target}"),
    (_tag(RemoveTags, needs_sign=True), "remove|delete|take|drop {tags} from|off {target}"),
    (_tag(RemoveTags), "remove|delete|take|drop [the] tag|label {tags} from|off {target}"),
    # Tags
    (_tag(AddTags, needs_sign=True), "add|put|attach {tags} to|on {target}"),
    (_tag(AddTags), "add|put|attach [the] tag|tags|label {tags} to|on {target}"),
    (_tag(AddTags), "tag|label {target} with|as {tags}"),
    (_tag(AddTags, needs_sign=True), "tag|label {target?} {tags#}"),
    # Priorities
    (
        _set_priority,
        f"{_SET} [the] [priority] [of] {{target}} [priority] [to|as|on|at] {{priority}} [priority]",
    ),
    (_set_priority, "give {target} [a] {priority} priority"),
    (_set_priority, "{target} is|are [now|very|really] {priority} [priority]"),
    (_set_priority, "prioritize|prioritise {target}"),
    # Complete and reopen
    (_of(Reopen), f"mark|set {{target}} [as|to] {_OPEN} [again]"),
    (_of(Reopen), "reopen|re-open|uncheck|untick|un-complete|uncomplete {target}"),
    (_of(Reopen), "{target} is|are not done|finished|complete [yet]"),
    (_of(Reopen), "{target} isn't|aren't [yet] done|finished|complete [yet]"),
    (_of(Complete), f"mark|set|tick|check|cross|flag {{target}} [as|to|off] {_DONE}"),
    (_of(Complete), "tick|check|cross {target} off"),
    (
        _of(Complete),
        "i|i've|i_have|we|we've [just|already|now] done|finished|completed|did {target}",
    ),
    (_of(Complete), "i'm|i_am|we're [now] done|finished with {target}"),
    (_complete, "done|finished|completed|complete [with] {target}"),
    (_of(Complete), "tick|tick_off|check_off|cross_off {target}"),
    (_of(Complete), "{target} is|are [now|already|all] done|finished|complete|completed"),
    (_complete_short, "{target} done"),
    # Move
    (_move, f"set|change|move {_THE_DATE} of|for {{target}} to|on {{when}}"),
    (_move, f"{_MOVE}|set|change {{target}} to|until|till {{when}}"),
    (_move, "reschedule {target?} for|on|at {when}"),
    (_move, "{target} is|are [now] due|on|at {when}"),
    (_move_by(-1), f"{_MOVE} {{target}} [by] {{length}} earlier|forward"),
    (_move_by(-1), "bring|bring_forward {target} [forward] by {length}"),
    (_move_by(1), f"{_MOVE} {{target}} [back] [by] {{length}} [later|back]"),
    # Rename
    (_rename, "rename|retitle {target?} to|as|into {title}"),
    (_rename, "change|set [the] title|name of {target?} to {title}"),
    # Delete
    (_say(Say("trash")), "empty|clear [the|my] trash|bin"),
    (_say(Say("trash")), "restore|recover {target}"),
    (_delete_matching, "clear|drop|purge|clean_up {target}"),
    (_of(Delete), "delete|remove|erase|get_rid_of|trash|throw_away {target}"),
    # Find
    (_find, "find|search|search_for|look_for [me] {text}"),
]


_ANY_TEXT = re.compile(r"\{(?!priority|length|number|week)\w+")


def _pattern(sentence: str) -> re.Pattern[str]:
    """Return the pattern of a sentence, each part of which ends with a space."""
    parts = sentence.split()
    texts = [place for place, part in enumerate(parts) if _ANY_TEXT.match(part)]
    # Before another text, a text is as long as possible: in "move letter to mum to friday", the
    # last "to" counts.
    patterns = [_part(part, is_short=place in texts[-1:]) for place, part in enumerate(parts)]
    return re.compile("".join(patterns).replace("'", "['\u2019]"), re.IGNORECASE)


def _part(part: str, *, is_short: bool) -> str:
    slot = re.fullmatch(r"\{(\w+)([:?#]?)\}", part)
    if slot:
        name, sign = slot.groups()
        text = _SLOTS.get(name) or (".+?" if is_short or sign in (":", "?") else ".+")
        return f"(?P<{name}>{'#' * (sign == '#')}{text}){':' * (sign == ':')} "
    # The longest first: in "tick off milk", "off" is no part of the task.
    words = "|".join(sorted(part.strip("[]").replace("_", " ").split("|"), key=len, reverse=True))
    return f"(?:(?:{words}) )?" if part[0] == "[" else f"(?:{words}) "


_PATTERNS = [(build, _pattern(sentence)) for build, sentence in _SENTENCES]


def _first_words() -> Iterator[str]:
    for _, sentence in _SENTENCES:
        for part in sentence.split():
            yield from (words.partition("_")[0] for words in part.strip("[]").split("|"))
            if part[0] != "[":
                break


FIRST_WORDS = frozenset(word for word in _first_words() if word[0] != "{") - {"the", "a"}
"""The words that a command may begin with."""


def read_command(text: str, clock: Clock) -> Command | None:
    """Return the command of a clause, or None if it is no command."""
    for build, pattern in _PATTERNS:
        found = pattern.fullmatch(f"{text} ")
        if found is not None:
            slots = {name: value for name, value in found.groupdict().items() if value}
            command = build(slots, clock)
            if command is not None:
                return command
    return None
