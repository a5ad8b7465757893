"""The grammar of a task's words: dates, times, tags, priorities and repeats, without HTTP."""

import sys
from datetime import UTC, date, datetime
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todo.assistant import words
from todo.assistant.words import ParsedTask, Span, parse
from todo.store.tables import MAX_TAG_NAME, MAX_TAGS_OF_TASK

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=BERLIN)  # a Wednesday

# (text, title, due date: a day, or a time by the clock of Berlin)
DATES = [
    # Days
    ("buy milk today", "buy milk", "2026-11-25"),
    ("call mum tomorrow", "call mum", "2026-11-26"),
    ("tomorrow call mum", "call mum", "2026-11-26"),
    ("Tomorrow: call mum", "call mum", "2026-11-26"),
    ("turn heating on tomorrow", "turn heating on", "2026-11-26"),
    ("book table for tomorrow", "book table", "2026-11-26"),
    ("call bob the day after tomorrow", "call bob", "2026-11-27"),
    ("pay rent friday", "pay rent", "2026-11-27"),
    ("PAY RENT FRIDAY", "PAY RENT", "2026-11-27"),
    ("friday pay rent", "pay rent", "2026-11-27"),
    ("pay rent on Friday", "pay rent", "2026-11-27"),
    ("pay rent by friday", "pay rent", "2026-11-27"),
    ("essay due friday", "essay", "2026-11-27"),
    ("pay rent this friday", "pay rent", "2026-11-27"),
    ("pay rent next friday", "pay rent", "2026-12-04"),
    ("plan sprint next monday", "plan sprint", "2026-11-30"),
    ("report on friday next week", "report", "2026-12-04"),
    ("call mum friday about the rent", "call mum about the rent", "2026-11-27"),
    ("clean the car before sunday", "clean the car", "2026-11-28"),
    ("gym wednesday", "gym", "2026-12-02"),
    ("gym wed", "gym", "2026-12-02"),
    ("call mum sun", "call mum", "2026-11-29"),
    ("lunch with ann thursday, 3 december", "lunch with ann", "2026-12-03"),
    ("pay rent on the 3rd", "pay rent", "2026-12-03"),
    ("pay rent on the 25th", "pay rent", "2026-11-25"),
    ("pay rent on the 31st", "pay rent", "2026-12-31"),
    ("book flight 3 march", "book flight", "2027-03-03"),
    ("book flight mar 3", "book flight", "2027-03-03"),
    ("book flight march 3rd 2027", "book flight", "2027-03-03"),
    ("book flight on the 3rd of march", "book flight", "2027-03-03"),
    ("submit form 2026-12-24", "submit form", "2026-12-24"),
    ("submit form by 24 dec", "submit form", "2026-12-24"),
    ("send card, 24 december", "send card", "2026-12-24"),
    ("renew visa until 2027-01-15", "renew visa", "2027-01-15"),
    ("leap party 29 february", "leap party", "2028-02-29"),
    ("pay bill in 3 days", "pay bill", "2026-11-28"),
    ("3 days from now water plants", "water plants", "2026-11-28"),
    ("pay bill in two weeks", "pay bill", "2026-12-09"),
    ("renew pass in a month", "renew pass", "2026-12-25"),
    ("renew pass in 3 months", "renew pass", "2027-02-25"),
    ("close the books at the end of the month", "close the books", "2026-11-30"),
    ("close the books by end of month", "close the books", "2026-11-30"),
    ("taxes by the end of the year", "taxes", "2026-12-31"),
    ("paint fence this weekend", "paint fence", "2026-11-28"),
    ("visit gran next weekend", "visit gran", "2026-12-05"),
    ("plan trip next week", "plan trip", "2026-11-30"),
    ("plan trip next month", "plan trip", "2026-12-01"),
    ("buy gifts 2 days before christmas", "buy gifts", "2026-12-23"),
    ("buy tree by christmas", "buy tree", "2026-12-25"),
    ("buy tree before christmas", "buy tree", "2026-12-24"),
    # Times
    ("call mum at 5pm", "call mum", "2026-11-25 17:00"),
    ("call mum 5 p.m.", "call mum", "2026-11-25 17:00"),
    ("call mum tomorrow at 9", "call mum", "2026-11-26 09:00"),
    ("at 5pm call mum tomorrow", "call mum", "2026-11-26 17:00"),
    ("call bank at 5", "call bank", "2026-11-25 17:00"),
    ("pay rent friday 5pm", "pay rent", "2026-11-27 17:00"),
    ("5:30pm friday pick up kids", "pick up kids", "2026-11-27 17:30"),
    ("dentist mon 5pm", "dentist", "2026-11-30 17:00"),
    ("standup 9:15", "standup", "2026-11-26 09:15"),
    ("tea 5:30", "tea", "2026-11-25 17:30"),
    ("run 05:30", "run", "2026-11-26 05:30"),
    ("train home 17:00", "train home", "2026-11-25 17:00"),
    ("meet at 10:30 am on 4 december in the office", "meet in the office", "2026-12-04 10:30"),
    ("meet ann half nine", "meet ann", "2026-11-26 09:30"),
    ("meet ann tomorrow at half past nine", "meet ann", "2026-11-26 09:30"),
    ("meet ann at quarter to six", "meet ann", "2026-11-25 17:45"),
    ("lunch at noon", "lunch", "2026-11-25 12:00"),
    ("lunch with bob tomorrow noon", "lunch with bob", "2026-11-26 12:00"),
    ("submit paper friday midnight", "submit paper", "2026-11-28 00:00"),
    ("watch film tonight", "watch film", "2026-11-25 20:00"),
    ("watch film tonight at 9", "watch film", "2026-11-25 21:00"),
    ("call gran tomorrow morning", "call gran", "2026-11-26 09:00"),
    ("jog sunday morning", "jog", "2026-11-29 09:00"),
    ("write diary this evening", "write diary", "2026-11-25 18:00"),
    ("call ann at 7 in the evening", "call ann", "2026-11-25 19:00"),
    ("call back in an hour", "call back", "2026-11-25 11:00"),
    ("check oven in 20 minutes", "check oven", "2026-11-25 10:20"),
    ("check oven in half an hour", "check oven", "2026-11-25 10:30"),
    ("dst 2027-03-28 02:30", "dst", "2027-03-28 03:30"),
    ("dst 2027-03-28 2:30am", "dst", "2027-03-28 03:30"),
    # Two days: the day with a preposition counts
    ("email monday report on tuesday", "email monday report", "2026-12-01"),
    ("friday meeting notes by tuesday", "friday meeting notes", "2026-12-01"),
    # What remains
    ("  buy   milk  tomorrow ", "buy milk", "2026-11-26"),
    ("buy milk - tomorrow", "buy milk", "2026-11-26"),
    ("call bob (tomorrow)", "call bob", "2026-11-26"),
    ("call bob tomorrow.", "call bob.", "2026-11-26"),
    ("🎂 call mum tomorrow 🎉", "🎂 call mum 🎉", "2026-11-26"),
    ("Party für Jürgen tomorrow", "Party für Jürgen", "2026-11-26"),
]

# Texts that look as if they contained a date, a priority or a repeat. The title is the text.
FALSE_FRIENDS = [
    "email June",
    "call April",
    "ask August about it",
    "May I call",
    "may the force be with ann",
    "book for may",
    "2 may come late",
    "paint 3 march hares",
    "march with the band",
    "room 1530 keys",
    "check port 8080",
    "read 1984",
    "buy 2 eggs",
    "buy 5 minute noodles",
    "in 5 steps",
    "ring 1800 555 1234",
    "3/4/2026 invoice",
    "24/7 support contract",
    "monitor 16:9",
    "version 2.5.1",
    "windows 11 upgrade",
    "meet at 10 downing street",
    "fix lamp on the 3rd floor",
    "shift 2-3pm",
    "meeting from 2pm to 3pm",
    "catch the 5pm train",
    "sun cream",
    "buy sun cream",
    "enjoy the sun",
    "call mon ami",
    "sat nav update",
    "wed the couple",
    "second hand desk",
    "half marathon training",
    "quarter report",
    "midnight blue paint",
    "morning run shoes",
    "friday night lights dvd",
    "black friday deals",
    "prepare the friday meeting",
    "print monday report",
    "read friday's report",
    "notes from last friday",
    "dashboard down since monday",
    "open monday to friday sign",
    "today's menu",
    "yesterday's news",
    "the day after",
    "weekend trip ideas",
    "week 48 summary",
    "next steps",
    "buy christmas presents",
    "https://example.com/friday",
    "mail tomorrow@example.com",
    "write weekly report",
    "daily mail crossword",
    "everyday carry",
    "go to urgent care",
    "wow!high",
    "fix issue #42",
    "learn C#",
]

# Written after the grammar.
LATER_DATES = [
    ("pick up dry cleaning thurs", "pick up dry cleaning", "2026-11-26"),
    ("renew passport by 1 feb 2027", "renew passport", "2027-02-01"),
    ("call the bank first thing tomorrow morning", "call the bank first thing", "2026-11-26 09:00"),
    ("order pizza for 7pm", "order pizza", "2026-11-25 19:00"),
    ("wish dad happy birthday on 12 dec", "wish dad happy birthday", "2026-12-12"),
    ("send invoice at the end of next week", "send invoice", "2026-12-06"),
    ("book vet for saturday at 11am", "book vet", "2026-11-28 11:00"),
    ("do laundry tonight at 8:30", "do laundry", "2026-11-25 20:30"),
    ("team lunch next thursday at half twelve", "team lunch", "2026-12-03 12:30"),
    ("finish slides before monday 9am", "finish slides", "2026-11-30 09:00"),
    ("cancel trial in 6 days", "cancel trial", "2026-12-01"),
    ("parcel on dec 1st between 9 and 12", "parcel between 9 and 12", "2026-12-01"),
    ("dinner w/ eva sat 19:30", "dinner w/ eva", "2026-11-28 19:30"),
    ("check in for flight tomorrow at 6:15am", "check in for flight", "2026-11-26 06:15"),
    ("learn 5 am routine book", "learn routine book", "2026-11-26 05:00"),
    ("tidy up on monday and tuesday", "tidy up and tuesday", "2026-11-30"),
    ("call tom tomorrow at 10, 30 min", "call tom, 30 min", "2026-11-26 10:00"),
    ("submit by 5 pm on the 30th", "submit", "2026-11-30 17:00"),
]
LATER_FALSE_FRIENDS = [
    "water the plants in a couple of days",
    "plan new year's party",
    "watch the march past",
    "call may",
    "buy sunday roast",
    "apollo 13 dvd",
    "phone 020 7946 0018",
    "iso 8601 notes",
    "read 12 rules",
    "sort out the monday group",
    "one week with ann",
    "get second opinion",
    "order item 12-24-A",
    "fix bug in v1.5.30",
    "april fools prank",
    "mid june review",
    "print 2026-12-24.pdf",
    "quarter to quarter numbers",
    "week on week growth",
    "sit at 12 tables",
    "score 3-5",
    "it is urgent that bob calls",
    "each person brings 2 dishes",
    "monthly budget review",
    "reply all: friday's party",
    "go to the sun, then rest",
    "24 hour gym",
    "today is friday",
    "renew on 2027-02-29",
    "meeting monday-friday",
    "sale 1 dec - 5 dec",
]

# (text, title, due date, the other fields that are not empty)
FIELDS: list[tuple[str, str, str | None, dict[str, Any]]] = [
    (
        "pay rent friday 5pm #home !high",
        "pay rent",
        "2026-11-27 17:00",
        {"tags": ["home"], "priority": "high"},
    ),
    ("buy milk #home #Shop", "buy milk", None, {"tags": ["home", "Shop"]}),
    ("buy milk #home #HOME", "buy milk", None, {"tags": ["home"]}),
    ('read #"two words" paper', "read paper", None, {"tags": ["two words"]}),
    ("read #“two words” paper", "read paper", None, {"tags": ["two words"]}),
    ("call bob, #work.", "call bob.", None, {"tags": ["work"]}),
    ("buy stamps tomorrow !low", "buy stamps", "2026-11-26", {"priority": "low"}),
    ("!1 fix bug", "fix bug", None, {"priority": "high"}),
    ("fix bug !2", "fix bug", None, {"priority": "medium"}),
    ("fix bug !3", "fix bug", None, {"priority": "low"}),
    ("fix bug !Medium", "fix bug", None, {"priority": "medium"}),
    ("fix bug high priority", "fix bug", None, {"priority": "high"}),
    ("low priority: sort photos", "sort photos", None, {"priority": "low"}),
    ("urgent: call bank", "call bank", None, {"priority": "high"}),
    ("call bank urgent", "call bank", None, {"priority": "high"}),
    ("yoga every friday", "yoga", None, {"repeat": "every friday"}),
    ("yoga every friday at 18:00", "yoga", None, {"repeat": "every friday at 18:00"}),
    ("yoga on fridays", "yoga", None, {"repeat": "on fridays"}),
    ("take pills daily", "take pills", None, {"repeat": "daily"}),
    ("pay rent each month", "pay rent", None, {"repeat": "each month"}),
    ("pay rent monthly #home", "pay rent", None, {"repeat": "monthly", "tags": ["home"]}),
    ("water plants every 2 weeks", "water plants", None, {"repeat": "every 2 weeks"}),
    ("team call every other tuesday", "team call", None, {"repeat": "every other tuesday"}),
    ("stretch every morning", "stretch", None, {"repeat": "every morning"}),
    ("pay rent on the 1st of each month", "pay rent", "2026-12-01", {"repeat": "each month"}),
]


def read(text: str, now: datetime = NOW, zone: ZoneInfo = BERLIN) -> ParsedTask:
    return parse(text, now=now, zone=zone)


def shown(due: date | datetime | None, zone: ZoneInfo = BERLIN) -> str | None:
    """Return a due date as in the tables above."""
    if isinstance(due, datetime):
        assert due.tzinfo is UTC
        return f"{due.astimezone(zone):%Y-%m-%d %H:%M}"
    return None if due is None else due.isoformat()


@pytest.mark.parametrize(("text", "title", "due"), DATES + LATER_DATES)
def test_a_date_is_read_and_the_rest_is_the_title(text: str, title: str, due: str):
    parsed = read(text)
    assert (parsed.title, shown(parsed.due_date)) == (title, due)
    assert (parsed.priority, parsed.tags, parsed.repeat) == (None, [], None)


@pytest.mark.parametrize("text", FALSE_FRIENDS + LATER_FALSE_FRIENDS)
def test_words_that_only_look_like_a_date_stay_in_the_title(text: str):
    assert read(text) == ParsedTask(text, None, None, [], None, [])


@pytest.mark.parametrize(("text", "title", "due", "others"), FIELDS)
def test_tags_priorities_and_repeats_are_read(
    text: str, title: str, due: str | None, others: dict[str, Any]
):
    parsed = read(text)
    found = {"priority": parsed.priority, "tags": parsed.tags, "repeat": parsed.repeat}
    assert (parsed.title, shown(parsed.due_date)) == (title, due)
    assert found == {"priority": None, "tags": [], "repeat": None} | others


@pytest.mark.parametrize("text", ["monday is a holiday", "Tomorrow is another day", 'x#"a b" c'])
def test_more_texts_without_fields(text: str):
    assert read(text) == ParsedTask(text, None, None, [], None, [])


def test_a_repeat_can_have_several_days():
    parsed = read("yoga every monday, wednesday and friday at 9 #fit")
    assert (parsed.title, parsed.due_date, parsed.tags) == ("yoga", None, ["fit"])
    assert parsed.repeat == "every monday, wednesday and friday at 9"


@pytest.mark.parametrize(
    "text", ["tomorrow", "#home !high", "friday 5pm", " every day ", "- today"]
)
def test_a_text_of_which_nothing_remains_is_the_title(text: str):
    assert read(text) == ParsedTask(text.strip(), None, None, [], None, [])


@pytest.mark.parametrize(
    ("now", "text", "due"),
    [
        ("2026-11-28 10:00", "x this weekend", "2026-11-28"),
        ("2026-11-29 10:00", "x this weekend", "2026-11-29"),
        ("2026-11-29 10:00", "x next monday", "2026-11-30"),
        ("2026-11-30 10:00", "x end of the month", "2026-11-30"),
        ("2026-11-30 10:00", "x friday", "2026-12-04"),
        ("2026-11-30 10:00", "x next friday", "2026-12-11"),
        ("2026-12-26 10:00", "x by christmas", "2027-12-25"),
        ("2026-12-31 10:00", "x next month", "2027-01-01"),
        ("2027-01-31 10:00", "x in a month", "2027-02-28"),
        ("2026-11-25 21:00", "x tonight", "2026-11-25"),
        ("2026-11-25 18:00", "x at 5pm", "2026-11-26 17:00"),
        ("2026-11-25 18:00", "x today at 5pm", "2026-11-25 17:00"),
        ("2027-03-27 12:00", "x at 02:30", "2027-03-28 03:30"),
    ],
)
def test_dates_depend_on_now(now: str, text: str, due: str):
    local = datetime.fromisoformat(now).replace(tzinfo=BERLIN)
    assert shown(read(text, local.astimezone(UTC)).due_date) == due


@pytest.mark.parametrize(
    ("zone", "text", "due"),
    [
        ("America/New_York", "x tomorrow 9am", "2026-11-26T14:00:00+00:00"),
        ("Pacific/Auckland", "x tomorrow 9am", "2026-11-25T20:00:00+00:00"),
        ("Pacific/Kiritimati", "x today", "2026-11-25"),
        ("Etc/GMT+12", "x today", "2026-11-24"),
        ("Europe/Berlin", "x 2027-03-28 2:30am", "2027-03-28T01:30:00+00:00"),
        ("Europe/Berlin", "x 2027-10-31 2:30am", "2027-10-31T00:30:00+00:00"),
    ],
)
def test_dates_are_those_of_the_time_zone(zone: str, text: str, due: str):
    found = read(text, zone=ZoneInfo(zone)).due_date
    assert found is not None
    assert found.isoformat() == due


def pieces(text: str) -> list[tuple[str, str]]:
    """Return the field and the text of each span, cut out as JavaScript does."""
    units = text.encode("utf-16-le")
    return [
        (span.field, units[2 * span.start : 2 * span.end].decode("utf-16-le"))
        for span in read(text).spans
    ]


def test_spans_are_offsets_in_utf_16_code_units():
    assert read("🎂 buy cake tomorrow #home").spans == [
        Span("due_date", 12, 20),
        Span("tag", 21, 26),
    ]


def test_spans_cover_the_words_that_are_not_in_the_title():
    assert pieces("🎂 at 5pm call 🧑‍🚀 by friday !high #home #“a b” 🎉") == [
        ("due_date", "at 5pm"),
        ("due_date", "by friday"),
        ("priority", "!high"),
        ("tag", "#home"),
        ("tag", "#“a b”"),
    ]
    assert pieces("yoga every friday at 18:00") == [("repeat", "every friday at 18:00")]
    assert pieces("pay rent friday, 5pm") == [("due_date", "friday, 5pm")]


def test_tags_keep_to_the_limits_of_the_store():
    assert (words.MAX_TAG_NAME, words.MAX_TAGS) == (MAX_TAG_NAME, MAX_TAGS_OF_TASK)
    names = [f"t{number}" for number in range(MAX_TAGS_OF_TASK + 1)]
    parsed = read("x " + " ".join(f"#{name}" for name in names))
    assert parsed.tags == names[:-1]
    assert parsed.title == f"x #{names[-1]}"
    assert read("x #" + "a" * 50).tags == ["a" * 50]
    assert read("x #" + "a" * 51).title == "x #" + "a" * 51
    assert read('x #" "').tags == []


def test_dates_are_looked_for_only_at_the_beginning():
    filler = "x" * 290
    assert read(f"{filler} tomorrow").due_date == date(2026, 11, 26)
    assert read(f"{filler} {filler} tomorrow #home").due_date is None
    assert read(f"{filler} {filler} tomorrow #home").tags == ["home"]


PIECES = [
    *(word for text, *_ in DATES for word in text.split()),
    *(word for text in FALSE_FRIENDS for word in text.split()),
    *[
        "#",
        '#"',
        '"',
        "!",
        "(",
        ")",
        "-",
        ",",
        "🎂",
        "\u0301",
        "\u200d",
        "İ",
        "٣",
        "999999999",
        "0",
    ],
    *["every", "each", "other", "before", "after", "the", "next", "in", "years", "31st", "half"],
]
HOSTILE = st.text(max_size=400) | st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join)
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)


@given(text=HOSTILE.filter(str.strip), now=TIMES, zone=ZONES)
def test_every_text_has_a_title_and_valid_spans(text: str, now: datetime, zone: ZoneInfo):
    parsed = parse(text, now=now, zone=zone)
    assert parsed.title
    assert parsed.title == parsed.title.strip()
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    ends = [0, *(end for span in parsed.spans for end in (span.start, span.end)), units]
    assert ends == sorted(ends)
    assert all(span.start < span.end for span in parsed.spans)
    fields = {span.field for span in parsed.spans}
    assert ("due_date" in fields) == (parsed.due_date is not None)
    assert ("priority" in fields) == (parsed.priority is not None)
    assert ("repeat" in fields) == (parsed.repeat is not None)
    assert ("tag" in fields) == bool(parsed.tags)
    assert parsed.due_date is None or 1900 <= parsed.due_date.year <= 9998
    if not parsed.spans:
        assert parsed.title == " ".join(text.split()) or parsed.title == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "2 days before " * 300 + "christmas",
        "x in 999 years",
        "x 99 years before 2000-01-01",
        "x 99 years after 2199-12-31",
        "x in 999 months",
        "x 2026-02-30",
        "x on the 99th",
        "x at 25:00",
        "x 13pm",
    ],
)
def test_dates_beyond_the_calendar_are_not_errors(text: str):
    due = read(text).due_date
    assert due is None or 1900 <= due.year <= 9998


def steps(text: str) -> int:
    """Return the number of lines of the grammar that run for ``text``."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace if frame.f_code.co_filename == words.__file__ else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        read(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "piece",
    ["mon ", "#a ", '#"', "!1 ", "every ", "in 3 days before ", "at ", "5:30 - ", "x", "- ", "🎂"],
)
def test_the_steps_grow_at_most_linearly_with_the_text(piece: str):
    short, long = (steps((piece * 4000)[:size]) for size in (1000, 4000))
    assert long < 5 * short
