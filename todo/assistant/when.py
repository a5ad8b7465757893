"""Days, times and lengths of time in commands: "tomorrow", "3pm", "this week", "2 hours"."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .commands import Shift
from .words import parse

MAX_PHRASE = 60
"""Characters of a phrase that may be a time."""


class Clock(NamedTuple):
    """The current time and the time zone of the person."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The current day in the time zone of the person."""
        return self.now.astimezone(self.zone).date()


class Days(NamedTuple):
    """A range of days; None is no limit."""

    first: date | None
    last: date | None


def read_when(text: str, clock: Clock) -> date | datetime | time | None:
    """Return the day or the time that all of ``text`` says; a ``time`` if it says no day."""
    if len(text) > MAX_PHRASE:
        return None
    for preposition in ("", "on ", "at ", "by "):
        due = _due(f"{preposition}{text}", clock)
        if due is None:
            continue
        # A text that already says a day has no place for another one.
        if isinstance(due, datetime) and _due(f"{preposition}{text} tomorrow", clock):
            return due.astimezone(clock.zone).time()
        return due
    return None


def _due(text: str, clock: Clock) -> date | datetime | None:
    parsed = parse(f"x {text}", now=clock.now, zone=clock.zone)
    is_whole = parsed.title == "x" and not (parsed.tags or parsed.priority or parsed.repeat)
    return parsed.due_date if is_whole else None


# Lengths of time

_COUNTS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_UNITS = {
    **dict.fromkeys(("minute", "min"), Shift(minutes=1)),
    **dict.fromkeys(("hour", "hr"), Shift(minutes=60)),
    "day": Shift(days=1),
    "week": Shift(days=7),
    "month": Shift(months=1),
}
NUMBER = f"(?:[1-9][0-9]{{0,2}}|{'|'.join(_COUNTS)})"
"""Pattern of "3" or "three"."""
LENGTH = f"(?:{NUMBER}|an?) (?:{'|'.join(_UNITS)})s?|half an hour"
"""Pattern of "2 hours"."""


def count_of(word: str) -> int:
    """Return the number that ``NUMBER`` matches, or 1 for "a"."""
    if word.isdigit():
        return int(word)
    return _COUNTS.index(word) + 1 if word in _COUNTS else 1


def read_length(text: str) -> Shift:
    """Return the length of time that ``LENGTH`` matches."""
    if text.lower() == "half an hour":
        return Shift(minutes=30)
    word, unit = text.lower().split()
    count, one = count_of(word), _UNITS[unit.removesuffix("s")]
    return Shift(count * one.days, count * one.months, count * one.minutes)


# Ranges of days


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _week(day: date) -> Days:
    return Days(_monday(day), _monday(day) + timedelta(days=6))


def _weekend(day: date) -> Days:
    return Days(_monday(day) + timedelta(days=5), _monday(day) + timedelta(days=6))


def _month(day: date) -> Days:
    first = day.replace(day=1)
    return Days(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def _day(day: date) -> Days:
    return Days(day, day)


_PERIODS: dict[str, Callable[[date], Days]] = {
    "today": _day,
    "tonight": _day,
    "this morning": _day,
    "this afternoon": _day,
    "this evening": _day,
    "tomorrow": lambda today: _day(today + timedelta(days=1)),
    "yesterday": lambda today: _day(today - timedelta(days=1)),
    "this week": _week,
    "the week": _week,
    "next week": lambda today: _week(today + timedelta(days=7)),
    "last week": lambda today: _week(today - timedelta(days=7)),
    "this weekend": _weekend,
    "the weekend": _weekend,
    "next weekend": lambda today: _weekend(today + timedelta(days=7)),
    "this month": _month,
    "next month": lambda today: _month(today.replace(day=1) + timedelta(days=31)),
    "last month": lambda today: _month(today.replace(day=1) - timedelta(days=1)),
}
WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_NUMBER = r"[0-9]{1,2}(?:st|nd|rd|th)?"
_DAYS = re.compile(
    r"\b(?:(?P<before>before|until|till|by|up to|after|since|from)\s)?"
    r"(?:(?:on|for|in|due|at|over|during)\s)?"
    rf"(?:the next (?P<ahead>{NUMBER}) days"
    rf"|(?P<period>{'|'.join(sorted(_PERIODS, key=len, reverse=True))})"
    rf"|(?P<day>(?:this\s|next\s)?{WEEKDAY}(?:\snext week)?"
    rf"|2[01][0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}}"
    rf"|(?:the\s)?{_NUMBER}(?:\sof)?\s{_MONTH}|{_MONTH}\s{_NUMBER}"
    r"|(?:the\s)?[0-9]{1,2}(?:st|nd|rd|th)|the day after tomorrow))(?:['\u2019]s)?\b",
    re.IGNORECASE,
)


def find_days(text: str, clock: Clock) -> tuple[Days, str] | None:
    """Return the first range of days in ``text``, and the text without it."""
    for found in _DAYS.finditer(text):
        days = _days(found, clock)
        if days is not None:
            rest = f"{text[: found.start()]} {text[found.end() :]}"
            return _limited(days, (found["before"] or "").lower()), rest
    return None


def read_days(text: str, clock: Clock) -> Days | None:
    """Return the range of days that all of ``text`` says."""
    found = find_days(text, clock)
    return found[0] if found and not found[1].strip() else None


def _days(found: re.Match[str], clock: Clock) -> Days | None:
    if found["ahead"]:
        ahead = timedelta(days=count_of(found["ahead"].lower()))
        return Days(clock.today, clock.today + ahead)
    if found["period"]:
        return _PERIODS[found["period"].lower()](clock.today)
    when = read_when(found["day"], clock)
    return _day(when) if isinstance(when, date) and not isinstance(when, datetime) else None


def _limited(days: Days, preposition: str) -> Days:
    first, last = days
    match preposition:
        case "before":
            return Days(None, first - timedelta(days=1) if first else None)
        case "until" | "till" | "by" | "up to":
            return Days(None, last)
        case "after":
            return Days(last + timedelta(days=1) if last else None, None)
        case "since" | "from":
            return Days(first, None)
    return days
