"""The fields of a task in a text: /api/v1/{user_id}/tasks/parse."""

from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, Response, g, jsonify

from ..assistant import words
from ..assistant.words import ParsedTask
from ..store.session import check_account
from .bodies import read_body, read_query
from .describe import Content, describe
from .requests import ParseQuery, TaskText

bp = Blueprint("parse", __name__, url_prefix="/tasks")


@bp.post("/parse")
@describe(
    {
        200: Content(
            "The fields that were found. `spans` are the parts of the text that are not in the "
            "title; `start` and `end` are indices of UTF-16 code units, as in JavaScript strings.",
            ParsedTask,
        )
    },
    body=TaskText,
    query=ParseQuery,
)
def parse(user_id: UUID) -> Response:
    """Read the fields of a task from a text in English; changes nothing."""
    zone = read_query(ParseQuery).tz
    text = read_body(TaskText).text
    check_account(g.user)
    return jsonify(words.parse(text, now=datetime.now(UTC), zone=zone))
