"""What the embedded assistant understands, without a database."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from todo.assistant.commands import (
    Add,
    AddTags,
    Choose,
    Command,
    Complete,
    Confirm,
    Delete,
    Describe,
    Filter,
    Matching,
    Mentioned,
    Move,
    Named,
    Numbered,
    PlanDay,
    PlanWeek,
    Refuse,
    RemoveTags,
    Rename,
    Reopen,
    Say,
    SetPriority,
    Shift,
    Show,
    Suggest,
    Unclear,
    Undo,
)
from todo.assistant.understanding import understand
from todo.assistant.words import parse

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=BERLIN)  # a Wednesday
TODAY, TOMORROW, FRIDAY = date(2026, 11, 25), date(2026, 11, 26), date(2026, 11, 27)
SUNDAY, MONDAY = date(2026, 11, 29), date(2026, 11, 30)


def add(text: str) -> Add:
    return Add(parse(text, now=NOW, zone=BERLIN))


def suggest(text: str) -> Suggest:
    return Suggest(parse(text, now=NOW, zone=BERLIN))


def on(first: date, last: date | None = None) -> Filter:
    return Filter(first_day=first, last_day=last or first)


OVERDUE = Matching(Filter(overdue=True))
ALL_OPEN = Matching(Filter())
ALL_DONE = Matching(Filter(status="completed"))

# Written before the grammar.
SENTENCES: list[tuple[str, list[Command]]] = [
    # Commands, alone and together
    ("add pay rent friday 5pm #home !high", [add("pay rent friday 5pm #home !high")]),
    (
        "add buy milk today; call mum tomorrow at 9; read a book",
        [add("buy milk today"), add("call mum tomorrow at 9"), add("read a book")],
    ),
    (
        "dentist tomorrow half nine and buy a gift for mum before sunday",
        [add("dentist tomorrow half nine"), add("buy a gift for mum before sunday")],
    ),
    (
        "done milk, add eggs tomorrow and move the report to friday",
        [Complete(Named("milk")), add("eggs tomorrow"), Move(Named("the report"), FRIDAY)],
    ),
    (
        "move the report to friday, the rest to monday",
        [Move(Named("the report"), FRIDAY), Move(Mentioned("rest"), MONDAY)],
    ),
    ("move everything overdue to tomorrow", [Move(OVERDUE, TOMORROW)]),
    ("could you please push dentist to 3pm?", [Move(Named("dentist"), time(15))]),
    ("postpone milk by 2 hours", [Move(Named("milk"), Shift(minutes=120))]),
    ("what's on #home?", [Show(Filter(tags=("home",)))]),
    ("how many tasks are due this week?", [Show(on(TODAY, SUNDAY), is_count=True)]),
    ("I finished the report", [Complete(Named("the report"))]),
    ("done 1 and 3", [Complete(Numbered((1, 3), "1 and 3"))]),
    ("delete all done tasks", [Delete(ALL_DONE)]),
    ("note on milk: only organic; no sugar", [Describe(Named("milk"), "only organic; no sugar")]),
    ("yes, and add eggs", [Confirm(), add("eggs")]),
    ("plan my week, at most 3 a day", [PlanWeek(3)]),
    ("rename milk to bread and butter", [Rename(Named("milk"), "bread and butter")]),
    ("- buy milk\n- [ ] call mum tomorrow", [suggest("buy milk"), suggest("call mum tomorrow")]),
    # They look like commands or dates, and are not, or not the obvious ones
    ("should I move the report to friday?", [Say("advice")]),
    ("should I move the report and delete milk?", [Say("advice")]),
    ("what does delete do?", [Say("help")]),
    ("did I finish milk?", [Show(Filter(status="all", words="milk"))]),
    ("delete milk?", [Say("question")]),
    ("don't delete milk", [Say("kept")]),
    ("don't forget to delete old photos", [add("delete old photos")]),
    ("add up the numbers", [suggest("add up the numbers")]),
    ("move house on friday", [add("move house on friday")]),
    ("move the sofa to the bedroom", [suggest("move the sofa to the bedroom")]),
    ("add fish and chips friday", [add("fish and chips friday")]),
    ("add write and finish the essay", [add("write and finish the essay")]),
    ('add "move milk, then delete eggs"', [add("move milk, then delete eggs")]),
    ("finish the report by friday", [add("finish the report by friday")]),
    ("see doctor tomorrow", [add("see doctor tomorrow")]),
    ("what is the meaning of life?", [Unclear()]),
    ("tidy up on monday and tuesday", [add("tidy up on monday and tuesday")]),
    ("- delete old files\n- move house", [suggest("delete old files"), suggest("move house")]),
    ("Call Dr. Smith tomorrow", [add("Call Dr. Smith tomorrow")]),
    ("buy stamps", [suggest("buy stamps")]),
    ("done today", [Show(Filter("completed", TODAY, TODAY))]),
    ("buy milk tomorrow and eggs", [add("buy milk tomorrow and eggs")]),
    ("I'm tired today", [Unclear()]),
    ("add #home to milk", [AddTags(Named("milk"), ("home",))]),
    ("add set the table to the list", [add("set the table")]),
    ("check off milk", [Complete(Named("milk"))]),
    ("check the oven in 20 minutes", [add("check the oven in 20 minutes")]),
]


def commands(text: str) -> list[Command]:
    return [clause.command for clause in understand(text, now=NOW, zone=BERLIN)]


@pytest.mark.parametrize(("text", "expected"), SENTENCES)
def test_a_message_is_understood(text: str, expected: list[Command]):
    assert commands(text) == expected
