"""Grammar of a task's words: "pay rent friday 5pm #home !high" has a title and five fields.

The text is split into words. At each word, the functions of ``_KINDS`` look for a phrase of their
kind, in order. ``_choose`` selects one due date from the phrases, and what no chosen phrase covers
is the title. Each phrase has a bounded number of words, so the time grows linearly with the text.

Rules for dates, in English only:

- A day without a time is a whole day. "friday" is the next Friday after today, "next friday" the
  Friday of the next week, which begins on Monday. "before sunday" is the day before.
- A day of a month without a year is the next one, today included. 3/4/2026 is not read: it is a
  day in March or in April.
- A time without a day is the next one. Without am or pm, 1:00 to 6:59 is in the afternoon, except
  with a leading zero (05:30).
- Words with several meanings ("sun", "may 2", "at 5") count only where a phrase ends: before
  punctuation, a tag, a time, a word such as "with", or the end of the text.
- Not read: a date after words such as "the" or "since", and a range such as "monday to friday".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum, auto
from functools import partial
from typing import Literal
from zoneinfo import ZoneInfo

MAX_DATE_START = 300
"""Dates, repeats and priorities in words are looked for in this many characters of a text."""
MAX_TAG_NAME = 50
MAX_TAGS = 50
MAX_YEARS = 99
"""Keeps all days within the years that a task may have."""

Priority = Literal["low", "medium", "high"]
Field = Literal["due_date", "priority", "tag", "repeat"]


@dataclass(slots=True)
class Span:
    """Part of the text that a field was read from.

    ``start`` and ``end`` are indices of UTF-16 code units, as in a string of JavaScript:
    ``text.slice(start, end)``. An emoji usually counts as two.
    """

    field: Field
    start: int
    end: int


@dataclass(slots=True)
class ParsedTask:
    """The fields of a task that were found in a text, and the rest of the text as its title."""

    title: str
    due_date: date | datetime | None
    """A day as YYYY-MM-DD, or a time in UTC."""
    priority: Priority | None
    tags: list[str]
    """Names of tags, without duplicates."""
    repeat: str | None
    """The words for a repeat such as "every friday", which tasks do not support yet."""
    spans: list[Span]
    """Parts of the text that are not in the title, in order."""


def parse(text: str, *, now: datetime, zone: ZoneInfo) -> ParsedTask:
    """Return the fields of the task in ``text``, which must not be blank.

    ``now`` is an aware time, and ``zone`` is the time zone of days and times in the text. If no
    words remain for the title, the title is the whole text and no field is read.
    """
    words = _Words(text)
    phrases = list(_phrases(words, now.astimezone(zone)))
    due_date, due_phrases = _choose([one for one in phrases if one.field == "due_date"], now, zone)
    priorities = [one for one in phrases if one.field == "priority"][:1]
    repeats = [one for one in phrases if one.field == "repeat"][:1]
    tags, tag_phrases = _tags([one for one in phrases if one.field == "tag"])
    used = [*due_phrases, *priorities, *repeats, *tag_phrases]
    spans = _spans(words, sorted(used, key=lambda phrase: phrase.start))
    title = _title(text, spans)
    if not title or not spans:
        return ParsedTask(" ".join(text.split()) or text, None, None, [], None, [])
    priority = priorities[0].priority if priorities else None
    repeat = repeats[0].text if repeats else None
    return ParsedTask(title, due_date, priority, tags, repeat, _in_utf_16(text, spans))


# Words


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


# Anything but spaces, ASCII punctuation, quotation marks, dashes and symbols such as emoji.
_CHARACTER = (
    r"[^\s\x00-/:-@\[-`{-\xbf\u2000-\u2bff\u3000-\u301f\ufe0f\U000e0000-\U000fffff"
    r"\U0001f000-\U0001faff]"
)
_WORD = re.compile(
    r"""(?<![^\s,;:(])[#]["“”][^"“”\n]*["”]"""  # a tag in quotation marks
    rf"|(?:(?<![^\s,;:(])[#!])?{_CHARACTER}+(?:[-.:/'\u2019@&+_]{_CHARACTER}+)*"
    r"|\S"
)
_DASHES = "-\u2013\u2014"
_OPENING = ",;:([{\u2026" + _DASHES[1:]
_CLOSING = ",.;:!?)]}\u2026" + _DASHES
_SEPARATORS = " ,;:" + _DASHES
_LINKS = _set(
    "about after and at because before but by due each every for from if in on or please so"
    " starting then till to until urgent via when while with without @"
)


class _Words:
    """The words and the punctuation marks of a text, in lower case; "" beyond the end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._found = list(_WORD.finditer(text))
        self._lower = [found[0].lower().replace("\u2019", "'") for found in self._found]

    def __len__(self) -> int:
        return len(self._lower)

    def __getitem__(self, at: int) -> str:
        return self._lower[at] if 0 <= at < len(self._lower) else ""

    def has(self, at: int, *expected: str) -> bool:
        """Return whether the words from ``at`` are the expected words."""
        return all(self[at + index] == word for index, word in enumerate(expected))

    def start(self, at: int) -> int:
        return self._found[at].start()

    def end(self, at: int) -> int:
        return self._found[at].end()

    def slice(self, start: int, end: int) -> str:
        """Return the text of the words from ``start`` to before ``end``."""
        return self.text[self.start(start) : self.end(end - 1)]

    def is_joined(self, at: int) -> bool:
        """Return whether the word continues the one before, such as the host of a URL."""
        before = self.text[self.start(at) - 1 : self.start(at)]
        return not (not before or before.isspace() or before in _OPENING or _is_symbol(before))

    def ends_phrase(self, at: int) -> bool:
        """Return whether the word at ``at`` can't belong to the word before it."""
        word = self[at]
        return (
            not word
            or word in _CLOSING
            or word in _LINKS
            or word[0] in "#!"
            or _is_symbol(word)
            or _find_time(self, at) is not None
        )

    def begins_phrase(self, at: int) -> bool:
        """Return whether the word before ``at`` can't belong to the word at ``at``."""
        word = self[at - 1]
        return (
            not word
            or word in _CLOSING
            or word[0] in "#!"
            or _is_symbol(word)
            or any(time and time.end == at for time in (_clock(self, at - 1), _clock(self, at - 2)))
        )


def _is_symbol(word: str) -> bool:
    """Return whether ``word`` is an emoji or another pictogram."""
    return len(word) == 1 and ord(word) >= 0x2600 and not word.isalpha()


# Phrases


class _Place(Enum):
    """Where a phrase must stand to be read."""

    ANYWHERE = auto()
    NOT_BEFORE_NOUN = auto()
    """After a preposition, or where a phrase begins or ends: not "print monday report"."""
    END = auto()
    """At the end of a phrase: not "buy sun cream"."""
    AFTER_PREPOSITION = auto()
    """After a preposition and at the end of a phrase: not "on the 3rd floor"."""


@dataclass(frozen=True, slots=True)
class _Clock:
    """Minutes since midnight; not exact if "am" or "pm" is missing."""

    minutes: int
    is_exact: bool = True


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Words from ``start`` to before ``end``, with their meaning."""

    start: int
    end: int
    field: Field = "due_date"
    place: _Place = _Place.ANYWHERE
    day: date | None = None
    clock: _Clock | None = None
    part: str | None = None
    """Part of a day, such as "morning"."""
    instant: datetime | None = None
    has_preposition: bool = False
    is_before: bool = False
    """Whether a day without a time means the day before."""
    is_last_day: bool = False
    """Whether the day is the end of a period: "before the end of the month" is within the month."""
    priority: Priority | None = None
    text: str = ""
    is_title: bool = False
    """Whether the words only look like a date and stay in the title."""


def _phrases(words: _Words, now: datetime) -> Iterator[_Phrase]:
    """Yield the phrases of the text from left to right, without overlap."""
    at = 0
    while at < len(words):
        phrase = _phrase(words, at, now)
        if phrase is not None and not phrase.is_title:
            yield phrase
        at = phrase.end if phrase is not None else at + 1


def _phrase(words: _Words, at: int, now: datetime) -> _Phrase | None:
    if words[at][0] in "#!":
        return _tag(words, at) or _short_priority(words, at)
    if not (words[at][0].isalnum() or words[at] == "@"):
        return None  # other punctuation begins no phrase
    if words.start(at) >= MAX_DATE_START or words.is_joined(at):
        return None
    for kind in _KINDS:
        phrase = kind(words, at, now)
        if phrase is not None:
            return phrase
    return None


# Tags and priorities

_SHORT_PRIORITIES: dict[str, Priority] = {
    "!high": "high",
    "!medium": "medium",
    "!low": "low",
    "!1": "high",
    "!2": "medium",
    "!3": "low",
}
_LONG_PRIORITIES: dict[tuple[str, ...], Priority] = {
    ("high", "priority"): "high",
    ("high-priority",): "high",
    ("medium", "priority"): "medium",
    ("medium-priority",): "medium",
    ("low", "priority"): "low",
    ("low-priority",): "low",
    ("urgent",): "high",
}


def _tag(words: _Words, at: int) -> _Phrase | None:
    """Match #home or #"two words"; "issue #42" is no tag."""
    name = words.text[words.start(at) + 1 : words.end(at)]
    is_quoted = name[:1] in ('"', "“", "”")
    name = name[1:-1].strip() if is_quoted else name
    if words[at][0] != "#" or not 0 < len(name) <= MAX_TAG_NAME:
        return None
    if not is_quoted and not any(character.isalpha() for character in name):
        return None
    return _Phrase(at, at + 1, "tag", text=name)


def _short_priority(words: _Words, at: int) -> _Phrase | None:
    priority = _SHORT_PRIORITIES.get(words[at])
    return None if priority is None else _Phrase(at, at + 1, "priority", priority=priority)


def _long_priority(words: _Words, at: int, now: datetime) -> _Phrase | None:
    """Match high priority, urgent."""
    start = at + (words[at] == "with")
    for phrase, priority in _LONG_PRIORITIES.items():
        if words.has(start, *phrase):
            end = start + len(phrase)
            found = _Phrase(at, end, "priority", _Place.NOT_BEFORE_NOUN, priority=priority)
            return found if _is_in_place(words, found) else None
    return None


def _tags(phrases: list[_Phrase]) -> tuple[list[str], list[_Phrase]]:
    """Return the first names of tags, regardless of case, and the phrases that contain them."""
    names: dict[str, str] = {}
    used = []
    for phrase in phrases:
        key = phrase.text.casefold()
        if key in names or len(names) < MAX_TAGS:
            names.setdefault(key, phrase.text)
            used.append(phrase)
    return list(names.values()), used


# Numbers and names


def _numbered(names: str, first: int) -> dict[str, int]:
    """Return the number of each name; commas separate the numbers, spaces their names."""
    groups = enumerate(names.split(","), first)
    return {name: number for number, group in groups for name in group.split()}


_NUMBERS = _numbered(
    "one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve", first=1
)
_COUNTS = {"a": 1, "an": 1, **_NUMBERS}
_WEEKDAYS = _numbered(
    "monday mon, tuesday tue tues, wednesday wed, thursday thu thur thurs, friday fri,"
    " saturday sat, sunday sun",
    first=0,
)
_WEEKDAYS_THAT_ARE_WORDS = {"mon", "wed", "sat", "sun"}
_MONTHS = _numbered(
    "january jan, february feb, march mar, april apr, may, june jun, july jul, august aug,"
    " september sep sept, october oct, november nov, december dec",
    first=1,
)
_MONTHS_THAT_ARE_WORDS = {"march", "mar", "may"}
_HOLIDAYS = {
    ("christmas", "eve"): (12, 24),
    ("christmas", "day"): (12, 25),
    ("christmas",): (12, 25),
    ("boxing", "day"): (12, 26),
    ("new", "year's", "eve"): (12, 31),
    ("new", "year's", "day"): (1, 1),
    ("new", "year"): (1, 1),
    ("valentine's", "day"): (2, 14),
    ("halloween",): (10, 31),
}
_HOURS_OF_PARTS = {"morning": 9, "afternoon": 15, "evening": 18, "night": 20}
_DAY_UNITS = {
    f"{unit}{plural}": unit for unit in ("day", "week", "month", "year") for plural in ("", "s")
}
_MINUTES_OF_UNITS = {
    **dict.fromkeys(("minute", "minutes", "min", "mins"), 1),
    **dict.fromkeys(("hour", "hours", "hr", "hrs"), 60),
}
# Names with the words of a date or a priority in them.
_NAMES = (
    ("friday", "night", "lights"),
    ("saturday", "night", "live"),
    ("saturday", "night", "fever"),
    ("friday", "the", "13th"),
    ("wednesday", "addams"),
    ("sunday", "times"),
    ("black", "friday"),
    ("cyber", "monday"),
    ("good", "friday"),
    ("ash", "wednesday"),
    ("urgent", "care"),
)


def _count(word: str) -> int | None:
    """Return the value of "3", "three" or "a"."""
    return int(word) if re.fullmatch("[0-9]{1,3}", word) else _COUNTS.get(word)


def _name(words: _Words, at: int, now: datetime) -> _Phrase | None:
    """Match black friday, urgent care."""
    for name in _NAMES:
        if words.has(at, *name):
            return _Phrase(at, at + len(name), is_title=True)
    return None


# Days: each function returns a phrase without its preposition, or None.


def _relative_day(words: _Words, at: int, today: date) -> _Phrase | None:
    """Match today, tonight, tomorrow, the day after tomorrow, eod."""
    match words[at]:
        case "today" | "eod":
            return _Phrase(at, at + 1, day=today)
        case "tonight":
            return _Phrase(at, at + 1, day=today, part="night")
        case "tomorrow" | "tmrw" | "tmr":
            return _Phrase(at, at + 1, day=today + timedelta(days=1))
        case "this" if words[at + 1] in _HOURS_OF_PARTS:
            return _Phrase(at, at + 1, day=today)
    return None


def _weekday(words: _Words, at: int, today: date) -> _Phrase | None:
    """Match friday, this friday, next friday, friday next week, friday 27 november."""
    which = words[at] if words[at] in ("this", "next") else ""
    at_name = at + bool(which)
    number = _WEEKDAYS.get(words[at_name])
    if number is None:
        return None
    end = at_name + 1
    written = _calendar_day(words, end + (words[end] == ","), today)
    if written is not None:
        return replace(written, start=at, place=_Place.ANYWHERE)
    in_this_week = _monday(today) + timedelta(days=number)
    if which == "next":
        return _Phrase(at, end, day=in_this_week + timedelta(days=7))
    if words.has(end, "next", "week"):
        return _Phrase(at, end + 2, day=in_this_week + timedelta(days=7))
    if in_this_week < today or (in_this_week == today and not which):
        in_this_week += timedelta(days=7)
    place = _Place.ANYWHERE if which else _Place.NOT_BEFORE_NOUN
    if words[at_name] in _WEEKDAYS_THAT_ARE_WORDS:
        place = _Place.END
    return _Phrase(at, end, place=place, day=in_this_week)


def _calendar_day(words: _Words, at: int, today: date) -> _Phrase | None:
    """Match 2026-12-24, 3 march, the 3rd of march, march 3rd 2027."""
    if re.fullmatch("2[01][0-9]{2}-[0-9]{2}-[0-9]{2}", words[at]):
        year, month, number = (int(part) for part in words[at].split("-"))
        day = _date(year, month, number)
        return None if day is None else _Phrase(at, at + 1, day=day)
    first = at + (words[at] == "the")
    if words[first] in _MONTHS:
        at_month, at_number, end = first, first + 1, first + 2
    else:
        at_number, at_month = first, first + 1 + (words[first + 1] == "of")
        end = at_month + 1
    ordinal = re.fullmatch("([0-9]{1,2})(st|nd|rd|th)?", words[at_number])
    if ordinal is None or words[at_month] not in _MONTHS:
        return None
    month, number = _MONTHS[words[at_month]], int(ordinal[1])
    at_year = end + (words[end] == ",")
    if re.fullmatch("2[01][0-9]{2}", words[at_year]):
        day = _date(int(words[at_year]), month, number)
        return None if day is None else _Phrase(at, at_year + 1, day=day)
    day = _next_date(today, month, number)
    is_word = words[at_month] in _MONTHS_THAT_ARE_WORDS and ordinal[2] is None
    place = _Place.END if is_word else _Place.ANYWHERE
    return None if day is None else _Phrase(at, end, place=place, day=day)


def _day_of_month(words: _Words, at: int, today: date) -> _Phrase | None:
    """Match on the 3rd."""
    first = at + (words[at] == "the")
    ordinal = re.fullmatch("([0-9]{1,2})(?:st|nd|rd|th)", words[first])
    if ordinal is None:
        return None
    months = (_add_months(today.replace(day=1), ahead) for ahead in range(12))
    days = (_date(month.year, month.month, int(ordinal[1])) for month in months)
    day = next((day for day in days if day is not None and day >= today), None)
    if day is None:
        return None
    is_repeated = words[first + 1] == "of" and words[first + 2] in ("each", "every")
    place = _Place.ANYWHERE if is_repeated else _Place.AFTER_PREPOSITION
    return _Phrase(at, first + 1, place=place, day=day)


def _period(words: _Words, at: int, today: date) -> _Phrase | None:
    """Match this weekend, next week, next month."""
    which, period, monday = words[at], words[at + 1], _monday(today)
    saturday = monday + timedelta(days=5)
    match which, period:
        case "next", "weekend":
            return _Phrase(at, at + 2, day=saturday + timedelta(days=7))
        case (("this" | "the"), "weekend"):
            place = _Place.ANYWHERE if which == "this" else _Place.AFTER_PREPOSITION
            return _Phrase(at, at + 2, place=place, day=max(saturday, today))
        case "next", "week":
            at_weekday = at + 2 + (words[at + 2] == "on")
            ahead = _WEEKDAYS.get(words[at_weekday])
            end = at + 2 if ahead is None else at_weekday + 1
            return _Phrase(at, end, day=monday + timedelta(days=7 + (ahead or 0)))
        case "next", ("month" | "year"):
            return _Phrase(at, at + 2, day=_last_day(period, today) + timedelta(days=1))
        case "this", ("week" | "month" | "year"):
            day = _last_day(period, today)
            return _Phrase(at, at + 2, place=_Place.END, day=day, is_last_day=True)
    return None


def _end_of_period(words: _Words, at: int, today: date) -> _Phrase | None:
    """Match end of the month, the end of this week, end of next year, end of june."""
    first = at + (words[at] == "the")
    if not words.has(first, "end", "of"):
        return None
    end, from_day = first + 2, today
    if words[end] in _MONTHS:
        month = _next_date(today.replace(day=1), _MONTHS[words[end]], 1) or today
        day, end = _last_day("month", month), end + 1
    else:
        is_next = words[end] == "next"
        end += words[end] in ("the", "this", "next")
        period = words[end]
        if period not in ("day", "week", "month", "year"):
            return None
        if is_next:
            from_day = _last_day(period, today) + timedelta(days=1)
        day, end = _last_day(period, from_day), end + 1
    return _Phrase(at, end, place=_Place.NOT_BEFORE_NOUN, day=day, is_last_day=True)


def _days_ahead(words: _Words, at: int, today: date) -> _Phrase | None:
    """Match in 3 days, in two weeks."""
    count, unit = _days(words, at + 1)
    if words[at] != "in" or not unit:
        return None
    return _Phrase(at, at + 3, day=_shift(today, count, unit))


def _holiday(words: _Words, at: int, today: date) -> _Phrase | None:
    """Match by christmas."""
    for name, (month, number) in _HOLIDAYS.items():
        if words.has(at, *name):
            day = _next_date(today, month, number)
            return _Phrase(at, at + len(name), place=_Place.AFTER_PREPOSITION, day=day)
    return None


def _shifted_day(words: _Words, at: int, today: date) -> _Phrase | None:
    """Match 2 days before christmas, 3 days from now, the day after tomorrow."""
    if words[at] == "day" or words.has(at, "the", "day"):
        count, unit = 1, "day"
        end = at + 1 + (words[at] == "the")
    else:
        count, unit = _days(words, at)
        end = at + 2
    if not unit or words[end] not in ("before", "after", "from"):
        return None
    if words.has(end, "from", "now"):
        return _Phrase(at, end + 2, day=_shift(today, count, unit))
    # Only once, because the number of words of a phrase must be bounded.
    kinds = (kind for kind in _DAYS if kind is not _shifted_day)
    base = next((phrase for kind in kinds if (phrase := kind(words, end + 1, today))), None)
    if base is None or base.day is None:
        return None
    day = _shift(base.day, -count if words[end] == "before" else count, unit)
    return _Phrase(at, base.end, day=day)


_DAYS = (
    _shifted_day,
    _relative_day,
    _weekday,
    _calendar_day,
    _day_of_month,
    _period,
    _end_of_period,
    _days_ahead,
    _holiday,
)


def _find_day(words: _Words, at: int, today: date) -> _Phrase | None:
    return next((phrase for kind in _DAYS if (phrase := kind(words, at, today))), None)


def _days(words: _Words, at: int) -> tuple[int, str]:
    """Return the number and the unit of "3 days" at ``at``; the unit is "" without one."""
    count, unit = _count(words[at]), _DAY_UNITS.get(words[at + 1])
    if count is None or unit is None or (unit == "year" and count > MAX_YEARS):
        return 0, ""
    return count, unit


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _next_date(today: date, month: int, day: int) -> date | None:
    """Return the next such day, today included; 29 February is at most eight years away."""
    days = (_date(today.year + ahead, month, day) for ahead in range(9))
    return next((found for found in days if found is not None and found >= today), None)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _last_day(period: str, day: date) -> date:
    """Return the last day of the day, week, month or year that ``day`` is in."""
    match period:
        case "week":
            return _monday(day) + timedelta(days=6)
        case "month":
            return _add_months(day.replace(day=1), 1) - timedelta(days=1)
        case "year":
            return date(day.year, 12, 31)
    return day


def _add_months(day: date, count: int) -> date:
    """Return the day ``count`` months later, or the last day of that month if it is shorter."""
    years, month = divmod(day.month - 1 + count, 12)
    numbers = (_date(day.year + years, month + 1, day.day - less) for less in range(4))
    return next(found for found in numbers if found is not None)


def _shift(day: date, count: int, unit: str) -> date:
    match unit:
        case "day":
            return day + timedelta(days=count)
        case "week":
            return day + timedelta(weeks=count)
        case "month":
            return _add_months(day, count)
    return _add_months(day, 12 * count)


# Times of a day: each function returns a phrase without its preposition, or None.

_WITH_SUFFIX = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?(am|pm|a\.m|p\.m)")
_WITHOUT_SUFFIX = re.compile(r"([0-9]{1,2})(?:([:.])([0-9]{2}))?")


def _clock(words: _Words, at: int) -> _Phrase | None:
    """Match 5pm, 5:30, 17:00, 5 o'clock."""
    if found := _WITH_SUFFIX.fullmatch(words[at]):
        hour, minute, suffix, end = int(found[1]), int(found[2] or 0), found[3], at + 1
    elif found := _WITHOUT_SUFFIX.fullmatch(words[at]):
        hour, minute, suffix, end = int(found[1]), int(found[3] or 0), words[at + 1], at + 2
        if suffix not in ("am", "pm", "a.m", "p.m"):
            is_clock = found[2] == ":" or (found[2] is None and suffix == "o'clock")
            end -= suffix != "o'clock"
            return _clock_of_24_hours(at, end, found[1], minute) if is_clock else None
    else:
        return None
    if not 1 <= hour <= 12 or minute > 59:
        return None
    end += "." in suffix and words[end] == "." and not words.text[words.end(end - 1)].isspace()
    minutes = (hour % 12 + 12 * (suffix[0] == "p")) * 60 + minute
    return _Phrase(at, end, clock=_Clock(minutes))


def _clock_of_24_hours(start: int, end: int, hour: str, minute: int) -> _Phrase | None:
    if int(hour) > 23 or minute > 59:
        return None
    is_exact = hour[0] == "0" or int(hour) > 12
    return _Phrase(start, end, clock=_Clock(int(hour) * 60 + minute, is_exact))


def _hour(words: _Words, at: int) -> _Phrase | None:
    """Match at 5."""
    if not re.fullmatch("[0-9]{1,2}", words[at]):
        return None
    found = _clock_of_24_hours(at, at + 1, words[at], 0)
    return None if found is None else replace(found, place=_Place.AFTER_PREPOSITION)


def _spoken_time(words: _Words, at: int) -> _Phrase | None:
    """Match half nine, half past nine, quarter to six."""
    first = at + (words[at] == "a")
    link = words[first + 1] if words[first + 1] in ("past", "to") else ""
    match words[first], link:
        case "half", ("" | "past"):
            minutes = 30
        case "quarter", "past":
            minutes = 15
        case "quarter", "to":
            minutes = -15
        case _:
            return None
    end = first + 2 + bool(link)
    word = words[end - 1]
    hour = int(word) if re.fullmatch("[0-9]{1,2}", word) else _NUMBERS.get(word, 0)
    if not 1 <= hour <= 12:
        return None
    clock = _Clock(hour * 60 + minutes, is_exact=False)
    return _Phrase(at, end, place=_Place.END, clock=clock)


def _named_time(words: _Words, at: int) -> _Phrase | None:
    """Match noon, and midnight, which is the end of the day."""
    minutes = {"noon": 12 * 60, "midday": 12 * 60, "midnight": 24 * 60}.get(words[at])
    if minutes is None:
        return None
    return _Phrase(at, at + 1, place=_Place.END, clock=_Clock(minutes))


def _part_of_day(words: _Words, at: int) -> _Phrase | None:
    """Match in the morning."""
    part = words[at + 2]
    if not words.has(at, "in", "the") or part not in _HOURS_OF_PARTS:
        return None
    return _Phrase(at, at + 3, place=_Place.END, part=part)


_TIMES = (_clock, _spoken_time, _named_time, _part_of_day)


def _find_time(words: _Words, at: int) -> _Phrase | None:
    return next((phrase for kind in _TIMES if (phrase := kind(words, at))), None)


# Due dates: a day or a time with its preposition

_PREPOSITIONS_OF_DAYS = _set("on by before until till for at due")
_PREPOSITIONS_OF_TIMES = _set("at @ by before until till for due")
_PREPOSITIONS_OF_HOURS = _set("at @ by before until till")
# After these words, a date is a part of the title: "catch the 5pm train", "today is friday".
_EXCLUDING = _set(
    "the a an my your our his her their some last previous past since from to after of between"
    " through than not is was are were"
)
_VERBS = _set("is was are were will has had")  # "monday is a holiday"
_RANGES = {"to", "until", "till", "through", *_DASHES}


def _range(words: _Words, at: int, now: datetime) -> _Phrase | None:
    """Match monday to friday, 2pm - 3pm: a range is no due date."""
    for find in (partial(_find_day, today=now.date()), _find_time):
        first = find(words, at)
        if first is None or words[first.end] not in _RANGES:
            continue
        second = find(words, first.end + 1)
        if second is not None:
            return _Phrase(at, second.end, is_title=True)
    return None


def _day(words: _Words, at: int, now: datetime) -> _Phrase | None:
    """A day with its preposition, and with its part of the day: by friday morning."""
    preposition, first = _preposition(words, at, _PREPOSITIONS_OF_DAYS)
    phrase = _find_day(words, first, now.date())
    if phrase is None:
        return None
    if preposition in ("on", "at") and _relative_day(words, first, now.date()):
        return None  # the preposition belongs to the title: "turn heating on tomorrow"
    if phrase.part is None and words[phrase.end] in _HOURS_OF_PARTS:
        phrase = replace(phrase, end=phrase.end + 1, part=words[phrase.end])
    return _with_preposition(words, at, phrase, preposition)


def _time(words: _Words, at: int, now: datetime) -> _Phrase | None:
    """A time with its preposition: at 5pm."""
    preposition, first = _preposition(words, at, _PREPOSITIONS_OF_TIMES)
    phrase = _find_time(words, first)
    if phrase is None and preposition in _PREPOSITIONS_OF_HOURS:
        phrase = _hour(words, first)
    return None if phrase is None else _with_preposition(words, at, phrase, preposition)


def _hours_ahead(words: _Words, at: int, now: datetime) -> _Phrase | None:
    """Match in an hour, in 20 minutes, in half an hour."""
    if words[at] != "in":
        return None
    if words.has(at + 1, "half", "an", "hour"):
        minutes, end = 30, at + 4
    else:
        count, unit = _count(words[at + 1]), _MINUTES_OF_UNITS.get(words[at + 2])
        if count is None or unit is None:
            return None
        minutes, end = count * unit, at + 3
    # In UTC, because a clock change may come in between.
    instant = now.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=minutes)
    return _Phrase(at, end, instant=instant)


def _preposition(words: _Words, at: int, prepositions: frozenset[str]) -> tuple[str, int]:
    """Return the preposition at ``at``, or "", and the position after it; "due by" is one."""
    if words[at] not in prepositions:
        return "", at
    if words[at] == "due" and words[at + 1] in prepositions:
        at += 1
    return words[at], at + 1


def _with_preposition(words: _Words, at: int, phrase: _Phrase, preposition: str) -> _Phrase | None:
    phrase = replace(
        phrase,
        start=at,
        has_preposition=bool(preposition),
        is_before=preposition == "before" and not phrase.is_last_day,
    )
    return phrase if _is_in_place(words, phrase) else None


def _is_in_place(words: _Words, phrase: _Phrase) -> bool:
    if not phrase.has_preposition and words[phrase.start - 1] in _EXCLUDING:
        return False
    if phrase.start == 0 and words[phrase.end] in _VERBS:
        return False
    match phrase.place:
        case _Place.NOT_BEFORE_NOUN:
            is_free = phrase.has_preposition or words.begins_phrase(phrase.start)
            return is_free or words.ends_phrase(phrase.end)
        case _Place.END:
            return words.ends_phrase(phrase.end)
        case _Place.AFTER_PREPOSITION:
            return phrase.has_preposition and words.ends_phrase(phrase.end)
    return True


# Repeats

_REPEATED = {
    *_WEEKDAYS,
    *_DAY_UNITS,
    *_HOURS_OF_PARTS,
    *("hour", "hours", "weekday", "weekend"),
}
_ADVERBS = {"daily", "weekly", "monthly", "yearly", "annually", "hourly"}
_PLURALS = {f"{name}s" for name in _WEEKDAYS if name.endswith("day")} | {"weekdays", "weekends"}


def _repeat(words: _Words, at: int, now: datetime) -> _Phrase | None:
    """Match every friday, each month, daily, on fridays, twice a week; and a time that follows."""
    first = at + (words[at] == "of" and words[at + 1] in ("each", "every"))
    if words[first] in ("every", "each"):
        end = first + 1
        end += words[end] == "other" or _count(words[end]) is not None
        place = _Place.NOT_BEFORE_NOUN
        is_repeat = words[end] in _REPEATED
    elif words[first] in ("once", "twice") and words[first + 1] in ("a", "per", "every"):
        end, place = first + 2, _Place.NOT_BEFORE_NOUN
        is_repeat = words[end] in _DAY_UNITS
    else:
        end, place = first + (words[first] == "on"), _Place.END
        is_repeat = words[end] in _PLURALS or (end == first and words[end] in _ADVERBS)
    if not is_repeat:
        return None
    for _ in range(6):  # every monday and thursday
        if words[end + 1] in ("and", ",") and words[end + 2] in _PLURALS | _WEEKDAYS.keys():
            end += 2
    phrase = _Phrase(at, end + 1, "repeat", place)
    if not _is_in_place(words, phrase):
        return None
    at_time = _time(words, phrase.end, now)
    end = phrase.end if at_time is None else at_time.end
    return replace(phrase, end=end, text=words.slice(first, end))


_KINDS = (_name, _repeat, _range, _hours_ahead, _day, _time, _long_priority)


# The due date

_AFTERNOON_BEFORE = 7 * 60


def _choose(
    phrases: list[_Phrase], now: datetime, zone: ZoneInfo
) -> tuple[date | datetime | None, list[_Phrase]]:
    """Return the due date, and the phrases that it was read from.

    Of several days, the first with a preposition counts, otherwise the first. Of several times, the
    time next to the day counts, otherwise the choice is as for days.
    """
    instant = next((one for one in phrases if one.instant is not None), None)
    if instant is not None:
        return instant.instant, [instant]
    day = _preferred([one for one in phrases if one.day is not None])
    times = [one for one in phrases if one.clock is not None]
    beside = [one for one in times if day and (one.start == day.end or one.end == day.start)]
    clock = _preferred(beside) or _preferred(times)
    part = day if day and day.part else _preferred([one for one in phrases if one.part])
    if part is not day and day is not None and part is not None and part.day is not None:
        part = None  # a part of another day
    used = {id(one): one for one in (day, clock, part) if one is not None}
    return _due_date(day, clock, part.part if part else None, now, zone), list(used.values())


def _preferred(phrases: list[_Phrase]) -> _Phrase | None:
    return next((one for one in phrases if one.has_preposition), phrases[0] if phrases else None)


def _due_date(
    day: _Phrase | None, clock: _Phrase | None, part: str | None, now: datetime, zone: ZoneInfo
) -> date | datetime | None:
    minutes = _minutes(clock.clock if clock else None, part)
    today = now.astimezone(zone).date()
    if minutes is None:
        if day is None or day.day is None:
            return None
        return day.day - timedelta(days=day.is_before)
    if day is None or day.day is None:
        due = _at(today, minutes, zone)
        return due if due > now else _at(today + timedelta(days=1), minutes, zone)
    due = _at(day.day, minutes, zone)
    if clock is None and day.day == today and due <= now:
        return today  # "this morning" in the afternoon
    return due


def _minutes(clock: _Clock | None, part: str | None) -> int | None:
    """Return the minutes since midnight, or None without a time."""
    if clock is None:
        return None if part is None else _HOURS_OF_PARTS[part] * 60
    if clock.is_exact or part == "morning":
        return clock.minutes
    if part == "night" and clock.minutes >= 12 * 60:
        return clock.minutes + 12 * 60  # "tonight at 12"
    if clock.minutes < (_AFTERNOON_BEFORE if part is None else 12 * 60):
        return clock.minutes + 12 * 60
    return clock.minutes


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Return the time in UTC.

    A time that the clocks skip is as much later, and of a time that occurs twice it is the first:
    both are what ``fold=0`` means (PEP 495).
    """
    days, minutes = divmod(minutes, 24 * 60)
    clock = time(minutes // 60, minutes % 60)
    return datetime.combine(day + timedelta(days=days), clock, zone).astimezone(UTC)


# Spans and title


def _spans(words: _Words, phrases: list[_Phrase]) -> list[Span]:
    """Return the spans of ``phrases``, in characters; the parts of a due date become one span."""
    spans: list[Span] = []
    for phrase in phrases:
        start, end = words.start(phrase.start), words.end(phrase.end - 1)
        between = words.text[spans[-1].end : start] if spans else ""
        if spans and spans[-1].field == phrase.field == "due_date" and not between.strip(" ,"):
            spans[-1].end = end
        else:
            spans.append(Span(phrase.field, start, end))
    return spans


def _title(text: str, spans: list[Span]) -> str:
    """Return the text without ``spans``, and without the punctuation that they leave behind."""
    title, at = "", 0
    for span in spans:
        title = _join(title, text[at : span.start]) if at else text[: span.start]
        at = span.end
    return " ".join(_join(title, text[at:]).split())


def _join(left: str, right: str) -> str:
    """Join the texts before and after a removed phrase."""
    left, right = left.rstrip(), right.lstrip()
    if not right or right[0] in _CLOSING:
        left = left.rstrip(_SEPARATORS)
    if left.endswith("(") and right.startswith(")"):
        return _join(left[:-1], right[1:])
    if not left:
        return right.lstrip(_SEPARATORS + ".!?)")
    return left + ("" if right[:1] in ("", *",.;:!?)") else " ") + right


def _in_utf_16(text: str, spans: list[Span]) -> list[Span]:
    """Return the spans in UTF-16 code units."""
    converted, at, units = [], 0, 0
    for span in spans:
        start = units + _units(text[at : span.start])
        units = start + _units(text[span.start : span.end])
        at = span.end
        converted.append(Span(span.field, start, units))
    return converted


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)
