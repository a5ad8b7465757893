"""``flask jwks-check``, ``token-check`` and ``guard-check``: what is wrong, and its remedy.

Exit codes: 0 good, 1 a fault was found, 2 wrong usage.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn, TextIO
from urllib.parse import urlsplit

import click
from flask import current_app
from flask.cli import with_appcontext
from werkzeug.routing import Rule

from .errors import ConfigError, InvalidToken, IssuerError, Refusal
from .fetch import Answer, get, judge
from .guard import guards_of
from .jwks import Key, KeySet
from .settings import Settings, checked_url, is_loopback
from .tokens import Verifier, parse_header, parse_object, split

_AS_JSON = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object, for machines."
)


@click.command("jwks-check")
@click.argument("url", required=False)
@_AS_JSON
@with_appcontext
def jwks_check(url: str | None, as_json: bool) -> None:
    """Fetch the key set as the application would, and judge each key.

    URL is the address of a key set; without it, those that the application is set to use.

    A good set does not show that Better Auth can sign: if its /token answers 500, its
    BETTER_AUTH_SECRET was changed and can't decrypt the keys in its table jwks.
    """
    settings = [issuer.settings for issuer in _state().issuers.values()]
    if url is not None:
        reports = [_key_set_report(_checked(url), settings[0])]
    else:
        reports = [_key_set_report(one.jwks_url, one) for one in settings]
    report = {"ok": all(one["ok"] for one in reports), "key_sets": reports}
    _finish(report, as_json, _print_key_sets)


@click.command("token-check")
@click.option(
    "--token-file",
    type=click.File(),
    help="Read the token from a file; without it, from standard input. "
    "A token on the command line would stay in the shell's history.",
)
@_AS_JSON
@with_appcontext
def token_check(token_file: TextIO | None, as_json: bool) -> None:
    """Verify a token as the application would, and explain the verdict."""
    token = _read_token(token_file)
    _finish(_token_report(token, _state().verifier.of(token)), as_json, _print_token)


@click.command("guard-check")
@click.option(
    "--fail-unguarded",
    metavar="PREFIX",
    help="Exit with 1 if a route that begins with PREFIX lets anybody in.",
)
@_AS_JSON
@with_appcontext
def guard_check(fail_unguarded: str | None, as_json: bool) -> None:
    """Show every route with what guards it."""
    _finish(_guard_report(fail_unguarded), as_json, _print_guards)


def _state() -> Any:
    return current_app.extensions["better_auth"]


def _checked(url: str) -> str:
    try:
        # Asked by a person for a look, so plain http is theirs to choose.
        return checked_url("URL", url, allow_http=True).geturl()
    except ConfigError as error:
        raise click.UsageError(str(error)) from None


def _read_token(token_file: TextIO | None) -> str:
    if token_file is None and sys.stdin.isatty():
        text = str(click.prompt("Token", hide_input=True, err=True))
    else:
        text = (token_file or sys.stdin).read(1 << 20)
    token = text.strip().removeprefix("Bearer ").strip()
    if not token:
        raise click.UsageError("no token: pipe one in, or name a file with --token-file")
    return token


def _finish(report: dict[str, Any], as_json: bool, show: Any) -> NoReturn:
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        show(report)
    sys.exit(0 if report["ok"] else 1)


# jwks-check


def _key_set_report(url: str, settings: Settings) -> dict[str, Any]:
    report: dict[str, Any] = {"ok": False, "url": url, "answer": None, "keys": [], "notes": []}
    try:
        answer = get(url, settings.timeout_seconds)
        report["answer"] = _answer_facts(answer)
        report["notes"] = _notes(answer, settings)
        report["keys"] = _verdicts(judge(answer), settings)
    except IssuerError as error:
        return {**report, "fault": error.kind, "reason": str(error), "hint": error.hint}
    report["ok"] = all(key["usable"] for key in report["keys"])
    return report


def _answer_facts(answer: Answer) -> dict[str, Any]:
    return {
        "status": answer.status,
        "content_type": answer.headers.get("Content-Type", ""),
        "bytes": len(answer.body),
        "milliseconds": round(answer.seconds * 1000),
        "clock_skew_seconds": _skew(answer),
    }


def _skew(answer: Answer) -> int | None:
    """Return how far the issuer's clock is ahead of ours; its Date header has whole seconds."""
    with suppress(TypeError, ValueError):
        date = parsedate_to_datetime(answer.headers.get("Date", ""))
        return round(date.timestamp() - time.time())
    return None


def _notes(answer: Answer, settings: Settings) -> list[str]:
    notes = []
    skew = _skew(answer)
    if skew is not None and abs(skew) > max(2, settings.leeway_seconds):
        notes.append(
            f"The issuer's clock is {abs(skew)} s {'ahead of' if skew > 0 else 'behind'} ours: "
            "tokens will seem expired or not yet valid. Synchronise the clocks."
        )
    if answer.status == 200 and "json" not in answer.headers.get("Content-Type", ""):
        notes.append("The content type is not JSON: is something else answering?")
    if answer.headers.get("Age", "0") != "0":
        notes.append(
            f"A cache answered, with what is {answer.headers['Age']} s old: exempt the key set "
            "from it, or new keys are late and an empty set stays."
        )
    url = urlsplit(answer.url)
    if url.scheme == "http" and not is_loopback(url.hostname or ""):
        notes.append("Plain http: anyone between this machine and the issuer can replace the keys.")
    return notes


def _verdicts(key_set: KeySet, settings: Settings) -> list[dict[str, Any]]:
    usable = [_verdict(key, settings) for key in key_set.keys.values()]
    set_aside = [
        {
            "kid": aside.kid,
            "kty": aside.kty,
            "crv": aside.crv,
            "alg": aside.alg,
            "usable": False,
            "verdict": f"set aside: {aside.reason}",
        }
        for aside in key_set.set_aside
    ]
    return usable + set_aside


def _verdict(key: Key, settings: Settings) -> dict[str, Any]:
    accepted = [name for name in key.algorithms if name in settings.algorithms]
    verdict = (
        f"verifies {', '.join(accepted)}" if accepted else "BETTER_AUTH_ALGORITHMS excludes it"
    )
    return {
        "kid": key.kid,
        "kty": key.kty,
        "crv": key.crv,
        "alg": key.alg,
        "usable": bool(accepted),
        "verdict": verdict,
    }


def _print_key_sets(report: dict[str, Any]) -> None:
    for number, key_set in enumerate(report["key_sets"]):
        if number:
            click.echo()
        _print_key_set(key_set)


def _print_key_set(report: dict[str, Any]) -> None:
    click.echo(f"Key set at {report['url']}")
    if answer := report["answer"]:
        click.echo(
            f"Answer: {answer['status']} {answer['content_type'] or 'without a content type'}, "
            f"{answer['bytes']} bytes in {answer['milliseconds']} ms"
        )
    if report["keys"]:
        columns = ("kid", "kty", "crv", "alg", "verdict")
        rows = [[_cell(key[column]) for column in columns] for key in report["keys"]]
        click.echo()
        _print_table([list(columns), *rows])
    for note in report["notes"]:
        click.echo(f"\nNote: {note}")
    click.echo()
    if "fault" in report:
        _print_fault(report["fault"], report["reason"], report["hint"])
    elif report["ok"]:
        _print_good(f"{len(report['keys'])} key(s), each can verify tokens.")
    else:
        usable = sum(key["usable"] for key in report["keys"])
        _print_fault(
            "set_aside", f"only {usable} of {len(report['keys'])} keys can verify tokens", ""
        )


# token-check


def _token_report(token: str, verifier: Verifier) -> dict[str, Any]:
    settings = verifier.settings
    report: dict[str, Any] = {
        "ok": False,
        "header": None,
        "claims": None,
        "expected": {"iss": sorted(settings.issuers), "aud": sorted(settings.audiences)},
        "user": None,
    }
    with suppress(InvalidToken):
        header, payload, _ = split(token)
        report["header"] = dict(parse_header(header))
        report["claims"] = _plain(parse_object(payload, "payload"))
    try:
        user = verifier.verify(token)
    except Refusal as refusal:
        return {
            **report,
            "code": refusal.code,
            "status": refusal.status,
            "reason": refusal.reason,
            "hint": refusal.hint,
        }
    identity = {
        "id": user.id,
        "identity": str(user.identity),
        "email": user.email,
        "name": user.name,
    }
    return {**report, "ok": True, "user": identity}


def _plain(value: Any) -> Any:
    """Return frozen claims as the lists and dictionaries that JSON knows."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _print_token(report: dict[str, Any]) -> None:
    trust = "verified" if report["ok"] else "not verified"
    for part in ("header", "claims"):
        if report[part] is not None:
            click.echo(f"{part.capitalize()} ({trust})")
            rows = _member_rows(report[part], report["expected"] if part == "claims" else {})
            _print_table(rows, indent="  ")
            click.echo()
    if report["ok"]:
        _print_good(f"The token stands for the user {report['user']['identity']}.")
    else:
        _print_fault(report["code"], report["reason"], report["hint"])


def _member_rows(
    members: Mapping[str, Any], expected: Mapping[str, Sequence[str]]
) -> list[list[str]]:
    return [
        [_cell(name), _cell(value), _remark(name, value, expected)]
        for name, value in members.items()
    ]


def _remark(name: str, value: Any, expected: Mapping[str, Sequence[str]]) -> str:
    if name in expected:
        found = value if isinstance(value, list) else [value]
        accepted = any(one in expected[name] for one in found)
        return "accepted" if accepted else f"expected {' or '.join(expected[name])}"
    if expected and name in ("exp", "iat", "nbf"):
        return _in_words(value)
    return ""


def _in_words(moment: Any) -> str:
    """Return a NumericDate (RFC 7519, section 2) as people read it."""
    try:
        date = datetime.fromtimestamp(moment, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return "not a time"
    return f"{date:%Y-%m-%d %H:%M:%S}Z, {_distance(date.timestamp() - time.time())}"


def _distance(seconds: float) -> str:
    size = abs(seconds)
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        if size >= 2 * length or unit == "s":
            amount = f"{size / length:.0f} {unit}"
            return f"in {amount}" if seconds > 0 else f"{amount} ago"
    raise AssertionError("the last unit fits")


# guard-check


def _guard_report(prefix: str | None) -> dict[str, Any]:
    routes = [route for rule in current_app.url_map.iter_rules() for route in _routes(rule)]
    routes.sort(key=lambda route: (route["path"], route["methods"]))
    unguarded = [
        route["path"]
        for route in routes
        if prefix is not None and route["path"].startswith(prefix) and not route["guarded"]
    ]
    return {"ok": not unguarded, "routes": routes, "unguarded": sorted(set(unguarded))}


def _routes(rule: Rule) -> Iterator[dict[str, Any]]:
    """Yield a rule once for each set of guards: the methods of a view class may differ."""
    view = current_app.view_functions.get(rule.endpoint)
    by_guards: dict[tuple[str, ...], list[str]] = {}
    guarded = {}
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
        guards = guards_of(current_app, rule.endpoint, view, method)
        names = tuple(map(str, guards))
        by_guards.setdefault(names, []).append(method)
        guarded[names] = not all(guard.optional for guard in guards)
    for names, methods in by_guards.items():
        yield {
            "path": rule.rule,
            "methods": methods,
            "endpoint": rule.endpoint,
            "guards": list(names),
            "guarded": guarded[names],
        }


def _print_guards(report: dict[str, Any]) -> None:
    rows = [
        [_cell(route["path"]), " ".join(route["methods"]), ", ".join(route["guards"]) or "-"]
        for route in report["routes"]
    ]
    _print_table([["path", "methods", "guard"], *rows])
    click.echo()
    if report["ok"]:
        guarded = sum(route["guarded"] for route in report["routes"])
        _print_good(f"{guarded} of {len(report['routes'])} routes let only verified users in.")
    else:
        _print_fault(
            "unguarded",
            f"anybody is let in at {', '.join(report['unguarded'])}",
            "put @require_user below @app.get(...), or give the blueprint "
            "bp.before_request(require_user(...))",
        )


# Output


def _cell(value: Any) -> str:
    """Return a foreign value on one line, without control characters: terminals obey those."""
    if value is None:
        return "-"
    text = value if isinstance(value, str) else json.dumps(value)
    return text if text.isprintable() else ascii(text)


def _print_table(rows: list[list[str]], indent: str = "") -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(indent + "  ".join(cells).rstrip())


def _print_good(text: str) -> None:
    click.secho(f"Good: {text}", fg="green")


def _print_fault(code: str, reason: str, hint: str) -> None:
    click.secho(f"Fault ({code}): {reason}", fg="red")
    if hint:
        click.echo(f"To mend: {hint}")
