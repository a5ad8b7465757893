"""Descriptions of tasks: "everything overdue", "2", "the rest", "high priority tasks on friday"."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from .commands import Filter, Matching, Mentioned, Named, Numbered, Target
from .when import NUMBER, Clock, count_of, find_days

# What remains of a description when its properties are taken out.
_FILLING_WORDS = (
    "a all am and any anything are at be been by calendar can count coming day did do does due"
    " each every everything for free busy from give got had has have how i i've in is it item items"
    " left like list lists look looks many me mine more must my need next not now of on one ones or"
    " our please plan planned schedule scheduled see should show so something still task tasks tell"
    " that the there thing things this to-do to-dos to todo todos up upcoming was we were what"
    " what's whats when which with you your yet agenda stuff currently right another how's"
    " i'm im them these those"
)
_FILLING = frozenset(_FILLING_WORDS.split())
_WORD = re.compile(r"[^\s,;:.?!()]+")

_TAG = r"""#(?:["“”][^"“”]+["“”]|[^\s#,;:?!.()"]+)"""
_TAG_NAME = rf"(?:{_TAG}|(?!(?:due|overdue|open|done|with|without|high|low|on|for)\b)[\w-]+)"
_TAG_LIST = rf"{_TAG_NAME}(?:(?:,? and |,? or |, ?| )(?:tagged )?{_TAG_NAME})*?"


def are_tags(text: str) -> bool:
    """Return whether ``text`` is a list of tags with their sign, such as "#home, #shop"."""
    return re.fullmatch(rf"{_TAG}(?:(?:,? and |, ?| ){_TAG})*", text.strip()) is not None


def tag_names(text: str) -> tuple[str, ...]:
    """Return the names of tags in a list such as "#home #shop", or "home and shop"."""
    found = re.findall(_TAG, text) or re.split(r",\s*|\s+(?:and|or)\s+", text)
    names = [word.lstrip("#").strip(' "“”') for word in found]
    return tuple(dict.fromkeys(name for name in names if name))


def _tags(found: re.Match[str]) -> dict[str, Any]:
    is_any = re.search(r"\bor\b", found[0], re.IGNORECASE) is not None
    return {"tags": tag_names(found["tags"]), "any_tag": is_any}


# Properties with the patterns that say them. Each is taken out of the text before the next.
_PROPERTIES: list[tuple[str, dict[str, Any] | Callable[[re.Match[str]], dict[str, Any]]]] = [
    (
        (
            r"\b(?:without|with no|(?:that )?ha(?:ve|s) no|no) (?:an? |any )?(?:due )?dates?\b"
            r"|\bundated\b|\bunscheduled\b"
        ),
        {"has_date": False},
    ),
    (r"\bwith (?:an? |any )?(?:due )?dates?\b", {"has_date": True}),
    (
        r"\b(?:without|with no|ha(?:ve|s) no) (?:an? |any )?tags?\b|\buntagged\b",
        {"tags": ("none",)},
    ),
    (
        (
            rf"\b(?:(?:tagged|labell?ed)(?: as| with| by)?|with (?:the )?(?:tags?|labels?)) "
            rf"(?P<tags>{_TAG_LIST})"
            r"(?=\s*[?.!]?$|\s(?:due|on|for|that|which|with|without|and|today|this|next)\b)"
        ),
        _tags,
    ),
    (rf"(?P<tags>{_TAG}(?:(?:,? and|,? or|,)? {_TAG})*)", _tags),
    (r"\b(?:overdue|past due|late|missed)\b", {"overdue": True}),
    (
        (
            r"\b(?:high(?:est)?(?: |-)priority|(?:top|with high|priority:?) (?:priority|high)"
            r"|urgent|important)\b|!(?:high|1)\b"
        ),
        {"priorities": ("high",)},
    ),
    (r"\b(?:medium|normal)(?: |-)priority\b|\bpriority:? medium\b", {"priorities": ("medium",)}),
    (r"\blow(?: |-)priority\b|\bpriority:? low\b", {"priorities": ("low",)}),
    (
        (
            r"\b(?:not (?:yet )?(?:done|finished|completed)|unfinished|open|active|remaining"
            r"|pending|incomplete)\b"
        ),
        {"status": "active"},
    ),
    (
        (
            r"\b(?:done|completed?|finished|ticked(?: off)?|checked(?: off)?"
            r"|did (?:i|we) (?:finish|complete|do|get done|tick off|check off))\b"
        ),
        {"status": "completed"},
    ),
]
_SEARCH = re.compile(
    r"\b(?:about|mentioning|that mention|containing|with the words?|named|called) (.+)$",
    re.IGNORECASE,
)


def read_filter(text: str, clock: Clock) -> tuple[Filter, str]:
    """Return the properties that ``text`` says, and the words that say something else."""
    values: dict[str, Any] = {}
    search = _SEARCH.search(text)
    if search:
        values["words"] = _plain(search[1])
        text = text[: search.start()]
    for pattern, meaning in _PROPERTIES:
        found = re.search(pattern, text, re.IGNORECASE)
        if found:
            values |= meaning if isinstance(meaning, dict) else meaning(found)
            text = f"{text[: found.start()]} {text[found.end() :]}"
    found_days = find_days(text, clock)
    if found_days:
        days, text = found_days
        is_past = values.get("status") == "completed"
        if not is_past and days.first and days.last and days.first < clock.today <= days.last:
            days = days._replace(first=clock.today)  # of this week, what is still to come
        values |= {"first_day": days.first, "last_day": days.last}
    rest = [word for word in _WORD.findall(text) if word.lower() not in _FILLING]
    return Filter(**values), " ".join(rest)


def _plain(text: str) -> str:
    return text.strip(" .?!\"'“”")


# Targets

_NUMBER_WORDS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "1st": 1,
    "2nd": 2,
    "3rd": 3,
    "last": -1,
}
_PLACE = (
    r"(?:(?:number|no\.?|task|item|#) ?)?[0-9]{1,3}"
    rf"|(?:the )?(?:{'|'.join(_NUMBER_WORDS)})(?: one| task)?"
)
_NUMBERS = re.compile(
    rf"(?:{_PLACE})(?:(?:,? and |,? or |, ?| ?- ?| to )(?:{_PLACE})){{0,50}}", re.IGNORECASE
)
_MENTIONED: dict[Literal["it", "them", "rest"], str] = {
    "it": "it|that|this|that one|this one|that task|this task",
    "them": "them|these|those|both|it all|all of it|all of them|them all|both of them|all of these"
    "|all of those|these tasks|those tasks",
    "rest": "rest|the rest|the rest of them|everything else|the others|others|all others"
    "|the other ones|the other tasks|the remaining ones",
}
_PRONOUNS = {
    phrase: which for which, phrases in _MENTIONED.items() for phrase in phrases.split("|")
}
_EVERY = re.compile(r"\b(?:all|everything|every|each)\b", re.IGNORECASE)
_TASKS = re.compile(r"\b(?:tasks?|todos?|to-dos?|ones|things|items)\b", re.IGNORECASE)


_OPEN_END = re.compile(r"\w (?:what|which|that|who|whether|if)$", re.IGNORECASE)
_FIRST_FEW = re.compile(rf"(?:the )?first ({NUMBER})(?: ones| tasks)?", re.IGNORECASE)


def read_numbers(text: str) -> tuple[int, ...] | None:
    """Return the numbers of "2", "1 and 3", "2-4" or "the last one"; -1 is the last."""
    few = _FIRST_FEW.fullmatch(text)
    if few:
        return tuple(range(1, count_of(few[1].lower()) + 1))
    if len(text) > 200 or not _NUMBERS.fullmatch(text):
        return None
    words = re.findall(r"[0-9a-z]+|-", text.lower())
    numbers: list[int] = []
    is_range = False
    for word in words:
        number = _NUMBER_WORDS.get(word) or (int(word) if word.isdigit() else None)
        if word in ("-", "to"):
            is_range = True
        elif number is not None:
            if is_range and numbers and 0 < numbers[-1] < number:
                numbers += range(numbers[-1] + 1, number)
            numbers.append(number)
            is_range = False
    return tuple(dict.fromkeys(numbers)) if 0 not in numbers else None


def read_target(text: str, clock: Clock) -> Target | None:
    """Return the tasks that ``text`` means, or None if it is empty."""
    text = text.strip(" ,.:;")
    if not text or _OPEN_END.search(text):
        return None
    if len(text) > 2 and text[0] in '"“' and text[-1] in '"”':
        return Named(text[1:-1].strip())
    pronoun = _PRONOUNS.get(text.lower())
    if pronoun:
        return Mentioned(pronoun)
    numbers = read_numbers(text)
    if numbers:
        return Numbered(numbers, text)
    matching = _read_matching(text, clock)
    return Named(text) if matching is None else matching


def _read_matching(text: str, clock: Clock) -> Matching | None:
    is_every, is_plural = _EVERY.search(text), _TASKS.search(text)
    if not (is_every or is_plural or text.startswith("#")):
        return None
    found, rest = read_filter(text, clock)
    if not rest:
        return None if found == Filter() and not is_every else Matching(found)
    if is_every and is_plural and not found.words:
        return Matching(replace(found, words=rest))
    return None
