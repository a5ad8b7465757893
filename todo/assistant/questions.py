"""Questions, descriptions of lists, and short answers such as "yes" and "the second"."""

import re
from dataclasses import replace

from .commands import Choose, Command, Confirm, Filter, PlanDay, Refuse, Say, Show, Unclear
from .filters import read_filter, read_numbers
from .grammar import read_command
from .when import WEEKDAY, Clock

_SHORT: dict[Command, str] = {
    Confirm(): "yes|y|yep|yeah|yup|ok|okay|sure|do it|do that|go ahead|confirm|please do|yes please"
    "|yes do it|yes delete it|yes delete them|yes add it|yes add them|ok do it|of course|please",
    Refuse(): "no|n|nope|nah|cancel|stop|don't|do not|no thanks|no thank you|keep it|keep them"
    "|never mind|nevermind|leave it|forget it|no don't|no keep it|don't do it|cancel that",
    Choose(None): "both|all|all of them|both of them|all of these|every one|everyone|each of them",
    Say("hello"): "hello|hi|hey|hello there|hi there|good morning|good afternoon|good evening"
    "|how are you|how are you doing",
    Say("thanks"): "thanks|thank you|thank you very much|thanks a lot|many thanks|thx|cheers|great"
    "|perfect|nice|cool|well done|good job|bye|goodbye|good night|see you|see you tomorrow"
    "|that's all|awesome|good",
    Say("help"): "help|help me|commands|who are you|what are you|what can you do|what can i say"
    "|what do you do|how does this work|how do you work|what can i ask|examples",
    PlanDay(): "what now|what next|what's next|what should i do|what should i do now"
    "|what should i do next|what should i do first|what should i do today|what shall i do today"
    "|what should i work on|what do i do now|where do i start|where should i start"
    "|how should i start my day|what is most important|what's most important today",
}
_MEANINGS = {
    phrase: command for command, phrases in _SHORT.items() for phrase in phrases.split("|")
}

_QUESTION = re.compile(
    r"(?:what(?:['\u2019]?s|['\u2019]?re)?|which|when(?:['\u2019]s)?|where(?:['\u2019]s)?|whose"
    r"|who(?:['\u2019]s)?|why|how(?:['\u2019]s)?|is|are|am|was|were|does|did|should|shall|if|any"
    r"|anything|(?:do|have|has|had|can|could|may|might|must|will|would|don['\u2019]t|haven['\u2019]t"
    r"|didn['\u2019]t|isn['\u2019]t) (?:i|we|you|my|the|it|any|they|there|anything))(?=[ ?]|$)",
    re.IGNORECASE,
)
_ADVICE = re.compile(r"(?:should|shall|must|would) |do you ", re.IGNORECASE)
_HELP = re.compile(
    r"how (?:do|can|could|would|should) |how to |what (?:does|do|happens|would happen)\b"
    r"|what (?:is|are) (?:an? )?(?:tags?|undo|trash|priorit(?:y|ies))\b"
    r"|(?:can|could|may) (?:i|we|you)\b",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\b(?:how many|count|number of)\b", re.IGNORECASE)
_ABOUT_TASKS = re.compile(
    r"\b(?:tasks?|to-?dos?|lists?|agenda|do i have|to do|i have to do|left|items|everything)\b",
    re.IGNORECASE,
)
# "did I finish milk?", "is milk done?"
_STATE = (
    (
        r"(?:did|have|has|haven't|didn't) (?:i|we) (?:already |ever )?"
        r"(?:(?:finish(?:ed)?|do|done|complete[d]?|tick(?:ed)? off) (?:with )?)?(?P<words>.+)"
    ),
    (
        r"(?:is|are|was|were|isn't) (?P<words>.+?) (?:already |still |now )?"
        r"(?:done|finished|completed?|open|overdue|due|late)(?: yet| already| today)?"
    ),
    (
        r"what(?: i|')s the (?:due )?(?:date|priority|deadline|status|state|day|time) (?:of|for)"
        r" (?P<words>.+)"
    ),
    (
        r"when(?: is| are| was|'s| (?:do|must|should) i(?: have to| need to)?)"
        r" (?P<words>.+?)(?: due)?"
    ),
)
# "anything about rent?"
_SEARCHES = (
    (
        r"(?:is there |are there |do i have |have i got )?(?:any|anything|something|some)"
        r"(?: tasks?| todos?)? ?(?:about|for|on|with|like|called|named|mentioning)? (?P<words>.+)"
    ),
    (
        r"(?:where(?: is| are|'s)|what about|how about|is there|are there|do i have|have i got)"
        r" (?:an? )?(?P<words>.+)"
    ),
    rf"(?:is|are) (?P<words>.+ (?:on |at )?(?:today|tomorrow|{WEEKDAY}))",
    r"(?:what|which)(?: tasks?| todos?)? (?:mentions?|contains?|is about|are about) (?P<words>.+)",
)
_SHOW = re.compile(r"(?:show|list|display|view)(?: me)? (?P<words>.+)", re.IGNORECASE)
_THANKS = re.compile(
    r"(?:thanks|thank you|thx)"
    r"(?:\W+(?:that['\u2019]?s|it|all|for|now|today|bye|so|very|much|a|lot|again|your|the|help))*"
    r"\W*$",
    re.IGNORECASE,
)
MAX_SEARCH_WORDS = 4
MAX_SHOW_WORDS = 2


def read_short(text: str) -> Command | None:
    """Return the meaning of a short answer or phrase, or None."""
    if len(text) > 60:
        return None
    if _THANKS.match(text):
        return Say("thanks")
    plain = re.sub(r"[,.!?]", "", text.lower().replace("\u2019", "'")).strip()
    if plain in _MEANINGS:
        return _MEANINGS[plain]
    numbers = read_numbers(plain)
    return Choose(numbers) if numbers else None


def looks_like_question(text: str) -> bool:
    """Return whether the text begins like a question."""
    return _QUESTION.match(text) is not None


def read_question(text: str, clock: Clock) -> Command:
    """Return the answer to a question: a list, words, or ``Unclear``. It changes nothing."""
    text = text.rstrip("?! .").replace("\u2019", "'")
    if not text or _HELP.match(text):
        return _pure_show(text, clock) or Say("help")
    if _ADVICE.match(text):
        return Say("advice")
    command = read_command(text, clock)
    if isinstance(command, PlanDay):
        return command
    show = _pure_show(text, clock) or _read_state(text) or _read_search(text, clock)
    if show is not None:
        return show
    if looks_like_question(text):
        return Unclear()
    if command is not None:
        return command if isinstance(command, Show) else Say("question")
    return _search(text, clock) if len(text.split()) <= MAX_SEARCH_WORDS else Unclear()


def _read_state(text: str) -> Show | None:
    for pattern in _STATE:
        if state := re.fullmatch(pattern, text, re.IGNORECASE):
            return Show(Filter("all", words=state["words"]))
    return None


def _read_search(text: str, clock: Clock) -> Show | None:
    for pattern in _SEARCHES:
        if search := re.fullmatch(pattern, text, re.IGNORECASE):
            return _search(search["words"], clock)
    return None


def read_list(text: str, clock: Clock) -> Command | None:
    """Return the list that a text describes that is no question: "show my tasks", "overdue"."""
    if len(text) > 200:
        return None
    found = _pure_show(text, clock)
    if found is not None:
        return found
    show = _SHOW.fullmatch(text)
    if show is None or len(show["words"].split()) > MAX_SHOW_WORDS:
        return None
    search = _search(show["words"], clock)
    return search if search.filter.first_day is search.filter.last_day is None else None


def _pure_show(text: str, clock: Clock) -> Show | None:
    """Return the list that all words of the text describe, or None."""
    found, rest = read_filter(text, clock)
    says_something = found != Filter() or _ABOUT_TASKS.search(text)
    return Show(found, _COUNT.search(text) is not None) if says_something and not rest else None


def _search(text: str, clock: Clock) -> Show:
    found, rest = read_filter(text, clock)
    words = " ".join(filter(None, (found.words, rest)))
    return Show(replace(found, words=words))
