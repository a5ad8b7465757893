"""The time that the grammar of a task's words takes, for a usual text and for hostile texts.

The target is 30 ms for the worst text of 4,000 characters.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parent.parent))
from todo.assistant.words import parse

USUAL = "pay rent friday 5pm #home !high"
HOSTILE = ["mon ", "friday 5pm ", "in 3 days before ", "day before ", "at ", "5:30 - ", "every "]
HOSTILE += ["every monday and ", "end of may ", "#a ", '#"', "!1 ", "- ", "\N{BIRTHDAY CAKE}", "x."]
ZONE = ZoneInfo("Europe/Berlin")


def milliseconds(text: str) -> float:
    """Return the shortest of ten runs."""
    times = []
    for _ in range(10):
        start = perf_counter()
        parse(text, now=datetime.now(UTC), zone=ZONE)
        times.append(perf_counter() - start)
    return min(times) * 1000


print("The words of a task, in ms per text")
print(f"  {milliseconds(USUAL):6.2f}  {USUAL}")
for piece in HOSTILE:
    print(f"  {milliseconds((piece * 4000)[:4000]):6.2f}  4,000 characters of {piece!r}")
