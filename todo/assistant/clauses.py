"""Parts of a message: lines of a pasted list, sentences, and the clauses of a sentence.

"done milk, add eggs and move the report to friday" has three clauses, but "add fish and chips" has
one: a sentence is split at a comma or a word such as "and" only if both sides can stand alone.
Quotation marks protect what they contain.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

MAX_SEPARATORS = 100
"""Commas and words such as "and" in a sentence at which it may be split."""
LOOK_AHEAD = 3
"""Segments that may be needed to see a clause: "move milk, eggs and bread to friday"."""

_QUOTED = re.compile(r'(?<![^\s(:])"[^"\n]+"(?![^\s,;:.?!)])|“[^”\n]+”')
_BULLET = re.compile(
    r"\s*(?:(?:[-*+\u2022\u2023\u25aa\u25e6\u2013\u2014\u00b7\u2610\u25a1\u2611\u2705]"
    r"|[0-9]{1,3}[.)]|\[[ xX]?\])\s+)+"
)
_TICKED = re.compile(r"\[[xX]\]|[\u2611\u2705]")
_SENTENCE = re.compile(r"(?<=\?) |;(?= |$)|(?<=[^\W\d_]{3}[.!]) (?=[^\W\d_a-z])")
_ABBREVIATIONS = {"mrs.", "prof.", "approx.", "dept.", "incl.", "excl.", "etc.", "tel.", "est."}
_SEPARATOR = re.compile(
    r"(?:[,.!]? (?:and then|and also|and please|and|then|also|but|plus|&)|[,.!]) ", re.IGNORECASE
)


class Line(NamedTuple):
    """A line of a message; ``has_bullet`` for a line of a list."""

    text: str
    has_bullet: bool
    is_ticked: bool


def lines(text: str) -> list[Line]:
    """Return the lines of a message that are not blank, without bullets."""
    found = []
    for line in text.splitlines():
        bullet = _BULLET.match(f"{line} ")
        text = " ".join(line[bullet.end() :].split()) if bullet else " ".join(line.split())
        if text:
            is_ticked = bullet is not None and _TICKED.search(bullet[0]) is not None
            found.append(Line(text, bullet is not None, is_ticked))
    return found


def sentences(line: str) -> Iterator[str]:
    """Yield the sentences of a line: they end at "?", ";", or before a capital letter."""
    start, hidden = 0, _without_quotations(line)
    for found in _SENTENCE.finditer(hidden):
        before = hidden[start : found.start()]
        if before.rpartition(" ")[2].lower() in _ABBREVIATIONS:
            continue
        if before.strip():
            yield line[start : found.start()].strip()
        start = found.end()
    if line[start:].strip():
        yield line[start:].strip()


class Split(NamedTuple):
    """A place where a sentence may be split."""

    before: str
    """The clause before it, so far."""
    separator: str
    """The word between the clauses, or punctuation."""
    after: tuple[str, ...]
    """Beginnings of the rest: its first segment, its first two segments and so on."""


def split(sentence: str, is_split: Callable[[Split], str | None]) -> Iterator[str]:
    """Yield the clauses of a sentence.

    ``is_split`` returns the beginning of the next clause, which may differ from the text
    ("the rest to monday" becomes "move the rest to monday"), or None to go on.
    """
    hidden = _without_quotations(sentence)
    separators = islice(_SEPARATOR.finditer(hidden), MAX_SEPARATORS)
    cuts = [(found.start(), found.end()) for found in separators]
    ends = [start for start, _ in cuts] + [len(sentence)]
    start, prefix = 0, ""
    for index, (cut, after) in enumerate(cuts):
        before = prefix + sentence[start:cut]
        following = ends[index + 1 : index + 1 + LOOK_AHEAD]
        rest = tuple(sentence[after:end] for end in following)
        separator = sentence[cut:after].strip(" .!").lower()
        beginning = is_split(Split(before, separator, rest)) if before.strip() else None
        if beginning is not None:
            yield before
            start, prefix = after, beginning
    yield prefix + sentence[start:]


def _without_quotations(text: str) -> str:
    """Return the text with quotations replaced by signs, so that nothing is found in them."""
    return _QUOTED.sub(lambda found: "_" * len(found[0]), text)
