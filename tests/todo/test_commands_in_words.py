"""What the embedded assistant understands, without a database."""

import sys
from dataclasses import replace
from datetime import date, datetime, time
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todo import assistant
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
from todo.assistant.words import ParsedTask, parse

PACKAGE = assistant.__path__[0]
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=BERLIN)  # a Wednesday
TODAY, TOMORROW, FRIDAY = date(2026, 11, 25), date(2026, 11, 26), date(2026, 11, 27)
SUNDAY, MONDAY = date(2026, 11, 29), date(2026, 11, 30)


def task(text: str) -> ParsedTask:
    """Return the task of a text, without the places in the text that it was read from."""
    return replace(parse(text, now=NOW, zone=BERLIN), spans=[])


def add(text: str) -> Add:
    return Add(task(text))


def suggest(text: str) -> Suggest:
    return Suggest(task(text))


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


HOME = ("home",)

# Written after the grammar.
MORE_SENTENCES: list[tuple[str, list[Command]]] = [
    # Adding
    ("Add milk, eggs and bread", [add("milk, eggs and bread")]),
    ("please add milk to my list", [add("milk")]),
    ("can you add a task to call mum tomorrow?", [add("call mum tomorrow")]),
    ("create a new task: buy milk", [add("buy milk")]),
    ("create a presentation for friday", [add("create a presentation for friday")]),
    ("remind me tomorrow to call mum", [add("call mum tomorrow")]),
    ("note to self: buy milk", [add("buy milk")]),
    ("I need to call the bank tomorrow", [add("call the bank tomorrow")]),
    ("I need to call the bank", [suggest("call the bank")]),
    ("I have a dentist appointment tomorrow at 9", [suggest("dentist appointment tomorrow at 9")]),
    ("add buy milk and then move it to friday", [add("buy milk"), Move(Mentioned("it"), FRIDAY)]),
    ("add:\nmilk\neggs tomorrow", [add("milk"), add("eggs tomorrow")]),
    ("buy milk\ncall mum tomorrow", [suggest("buy milk"), suggest("call mum tomorrow")]),
    ("done milk\nadd eggs", [Complete(Named("milk")), add("eggs")]),
    ("Buy milk tomorrow. Call mum friday.", [add("Buy milk tomorrow"), add("Call mum friday")]),
    (
        "dinner with bob and ann tomorrow and dentist friday",
        [add("dinner with bob and ann tomorrow"), add("dentist friday")],
    ),
    ("lunch friday, 3 december", [add("lunch friday, 3 december")]),
    ("change tires to winter ones by friday", [add("change tires to winter ones by friday")]),
    ("tag along with bob on friday", [add("tag along with bob on friday")]),
    ("find a plumber by friday", [add("find a plumber by friday")]),
    ("get things done", [suggest("get things done")]),
    ("set the table", [suggest("set the table")]),
    ("cancel dentist", [suggest("cancel dentist")]),
    # Lists
    ("what do I have to do tomorrow", [Show(on(TOMORROW))]),
    ("am I free tomorrow?", [Show(on(TOMORROW))]),
    ("today", [Show(on(TODAY))]),
    ("show everything", [Show(Filter())]),
    ("what's next week like", [Show(on(MONDAY, date(2026, 12, 6)))]),
    ("what's due before friday", [Show(Filter(last_day=TOMORROW))]),
    ("what's due in the next 3 days", [Show(on(TODAY, date(2026, 11, 28)))]),
    ("which tasks are overdue", [Show(Filter(overdue=True))]),
    ("how many overdue", [Show(Filter(overdue=True), is_count=True)]),
    ("urgent", [Show(Filter(priorities=("high",)))]),
    ("tasks without a date", [Show(Filter(has_date=False))]),
    ("tasks tagged home or work", [Show(Filter(tags=("home", "work"), any_tag=True))]),
    (
        "show all open tasks tagged home and due this week",
        [Show(Filter(first_day=TODAY, last_day=SUNDAY, tags=HOME))],
    ),
    (
        "what did I finish yesterday",
        [Show(Filter("completed", date(2026, 11, 24), date(2026, 11, 24)))],
    ),
    ("anything about rent?", [Show(Filter(words="rent"))]),
    ("search invoice", [Show(Filter(words="invoice"))]),
    ("dentist tomorrow?", [Show(Filter(first_day=TOMORROW, last_day=TOMORROW, words="dentist"))]),
    ("when is dentist?", [Show(Filter("all", words="dentist"))]),
    # Changing
    ("i'm done with the report", [Complete(Named("the report"))]),
    ("tick off 3", [Complete(Numbered((3,), "3"))]),
    ("mark everything overdue as done", [Complete(OVERDUE)]),
    ("done all", [Complete(ALL_OPEN)]),
    ("reopen milk", [Reopen(Named("milk"))]),
    ("milk is not done", [Reopen(Named("milk"))]),
    ("move all #home tasks to saturday", [Move(Matching(Filter(tags=HOME)), date(2026, 11, 28))]),
    ("move them all to monday", [Move(Mentioned("them"), MONDAY)]),
    ("move 1-3 to monday", [Move(Numbered((1, 2, 3), "1-3"), MONDAY)]),
    ("move letter to mum to friday", [Move(Named("letter to mum"), FRIDAY)]),
    ("push the dentist back by 30 minutes", [Move(Named("the dentist"), Shift(minutes=30))]),
    ("delay milk 2 days", [Move(Named("milk"), Shift(days=2))]),
    ("bring milk forward by a week", [Move(Named("milk"), Shift(days=-7))]),
    ("clear the due date of milk", [Move(Named("milk"), None)]),
    ("move milk to 3/4/2026", [Say("date")]),
    (
        "move milk and eggs to friday and delete bread",
        [Move(Named("milk and eggs"), FRIDAY), Delete(Named("bread"))],
    ),
    (
        "set milk to high and eggs to low",
        [SetPriority(Named("milk"), "high"), SetPriority(Named("eggs"), "low")],
    ),
    ("give milk a high priority", [SetPriority(Named("milk"), "high")]),
    ("milk has no priority", [SetPriority(Named("milk"), None)]),
    (
        "tag milk and eggs with #shop and bread with #bakery",
        [AddTags(Named("milk and eggs"), ("shop",)), AddTags(Named("bread"), ("bakery",))],
    ),
    ("untag milk", [RemoveTags(Named("milk"), ())]),
    ("remove the tag home from milk", [RemoveTags(Named("milk"), HOME)]),
    ('rename 2 to "call mum, then dad"', [Rename(Numbered((2,), "2"), "call mum, then dad")]),
    (
        "describe milk as the organic one",
        [Describe(Named("milk"), "the organic one", is_added=False)],
    ),
    ("delete the last one", [Delete(Numbered((-1,), "the last one"))]),
    ("delete everything", [Delete(ALL_OPEN)]),
    ("delete all tasks about rent", [Delete(Matching(Filter(words="rent")))]),
    # Short answers, plans and words
    ("ok", [Confirm()]),
    ("never mind", [Refuse()]),
    ("no, move it to friday", [Refuse(), Move(Mentioned("it"), FRIDAY)]),
    ("yes, delete it", [Confirm()]),
    ("the second", [Choose((2,))]),
    ("1 and 3", [Choose((1, 3))]),
    ("all of them", [Choose(None)]),
    ("take it back", [Undo()]),
    ("what should I do today?", [PlanDay()]),
    ("plan next week, at most two per day", [PlanWeek(2, is_next=True)]),
    ("thanks, now add milk", [Say("thanks"), add("milk")]),
    ("thank you, that's all", [Say("thanks")]),
    ("empty the trash", [Say("trash")]),
    ("add", [Unclear()]),
    # Not to be done
    ("add milk?", [Say("question")]),
    ("what happens if I delete milk", [Say("help")]),
    ("when I'm home delete milk", [Unclear()]),
    ("I didn't finish the report", [Unclear()]),
    ("I will not delete milk", [Unclear()]),
    ("I should never move the report to friday", [Unclear()]),
    ("add call mum!", [add("call mum!")]),
]


def commands(text: str) -> list[Command]:
    found = [clause.command for clause in understand(text, now=NOW, zone=BERLIN)]
    return [
        type(one)(replace(one.task, spans=[])) if isinstance(one, Add | Suggest) else one
        for one in found
    ]


@pytest.mark.parametrize(("text", "expected"), SENTENCES + MORE_SENTENCES)
def test_a_message_is_understood(text: str, expected: list[Command]):
    assert commands(text) == expected


def test_each_clause_has_its_text():
    found = understand("done milk, the report is urgent; add eggs", now=NOW, zone=BERLIN)
    assert [clause.text for clause in found] == ["done milk", "the report is urgent", "add eggs"]


WORDS = [word for text, _ in SENTENCES + MORE_SENTENCES for word in text.split(" ")]
HOSTILE = st.text(max_size=300) | st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)


@given(text=HOSTILE.filter(str.strip))
def test_every_message_has_a_meaning(text: str):
    assert understand(text, now=NOW, zone=BERLIN)


def steps(text: str) -> int:
    """Return the number of lines of the assistant that run for ``text``."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace if PACKAGE in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        commands(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "piece",
    [
        *("add a, ", "and ", "move a to ", "#a ", "- a\n", "done 1, ", "x\n", "? ", '"a" ', '"'),
        *("tomorrow and ", "a friday, ", "move a to friday, ", "the rest to monday and ", "1-2, "),
        *("rename a to ", "tagged a or ", "Abc. ", "what is due friday and ", "a", "please "),
    ],
)
def test_the_steps_grow_at_most_linearly_with_the_message(piece: str):
    short, long = (steps((piece * 4000)[:size]) for size in (1000, 4000))
    assert long < 5 * short
