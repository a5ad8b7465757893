"""The commands ``flask jwks-check``, ``token-check`` and ``guard-check``: find errors and fixes.

Exit codes: 0 no error, 1 an error was found, 2 wrong usage.
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
from .fetch import get
from .guard import guards_of, refuse_uncalled_guards
from .issuer_response import IssuerResponse, parse
from .jwks import BETTER_AUTH_ROWS, ROWS_HINT, Key, KeySet
from .jws import decode_segment, parse_object, split
from .settings import Settings, is_loopback, parse_url
from .tokens import Verifier

_AS_JSON = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object, for scripts."
)


@click.command("jwks-check")
@click.argument("url", required=False)
@_AS_JSON
@with_appcontext
def jwks_check(url: str | None, as_json: bool) -> None:
    """Fetch the key set in the same way as the application, and check each key.

    URL is the URL of a key set. The default is the key set of each configured issuer.

    A valid key set does not mean that Better Auth can sign tokens: if its /token responds with 500,
    its BETTER_AUTH_SECRET was changed and cannot decrypt the keys in the table jwks.
    """
    settings = [issuer.settings for issuer in _bridge().issuers.values()]
    if url is not None:
        try:
            # Plain http is accepted, because the person who runs the command chose this URL.
            checked_url = parse_url("URL", url).geturl()
        except ConfigError as error:
            raise click.UsageError(str(error)) from None
        reports = [_key_set_report(checked_url, settings[0])]
    else:
        reports = [_key_set_report(one.jwks_url, one) for one in settings]
    report = {"ok": all(one["ok"] for one in reports), "key_sets": reports}
    _finish(report, as_json, _print_key_sets)


@click.command("token-check")
@click.option(
    "--token-file",
    type=click.File(),
    help="Read the token from a file. The default is standard input. The token is not an argument, "
    "because arguments stay in the shell's history.",
)
@_AS_JSON
@with_appcontext
def token_check(token_file: TextIO | None, as_json: bool) -> None:
    """Verify a token in the same way as the application, and explain the result."""
    token = _read_token(token_file)
    _finish(_token_report(token, _bridge().verifiers.select(token)), as_json, _print_token)


@click.command("guard-check")
@click.option(
    "--fail-unguarded",
    metavar="PREFIX",
    help="Exit with 1 if a route that begins with PREFIX accepts requests without a user.",
)
@_AS_JSON
@with_appcontext
def guard_check(fail_unguarded: str | None, as_json: bool) -> None:
    """Show every route with its guards."""
    _finish(_guard_report(fail_unguarded), as_json, _print_guards)


def _bridge() -> Any:
    return current_app.extensions["better_auth"]


def _read_token(token_file: TextIO | None) -> str:
    if token_file is None and sys.stdin.isatty():
        text = str(click.prompt("Token", hide_input=True, err=True))
    else:
        text = (token_file or sys.stdin).read(1 << 20)
    token = text.strip().removeprefix("Bearer ").strip()
    if not token:
        raise click.UsageError("no token: write it to standard input, or use --token-file")
    return token


def _finish(report: dict[str, Any], as_json: bool, print_report: Any) -> NoReturn:
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        print_report(report)
    sys.exit(0 if report["ok"] else 1)


# jwks-check


def _key_set_report(url: str, settings: Settings) -> dict[str, Any]:
    report: dict[str, Any] = {"ok": False, "url": url, "response": None, "keys": [], "notes": []}
    try:
        response = get(url, settings)
        skew = _clock_skew_seconds(response)
        report["response"] = {
            "status": response.status,
            "content_type": response.headers.get("Content-Type", ""),
            "bytes": len(response.body),
            "milliseconds": round(response.seconds * 1000),
            "clock_skew_seconds": skew,
        }
        report["notes"] = _notes(response, skew, settings)
        report["keys"] = _key_rows(parse(response, settings), settings)
        if len(report["keys"]) >= BETTER_AUTH_ROWS:
            report["notes"].append(f"New keys may be missing: {ROWS_HINT}.")
    except IssuerError as error:
        return {**report, "error": error.kind, "reason": str(error), "hint": error.hint}
    report["ok"] = not any(key["fault"] for key in report["keys"])
    return report


def _clock_skew_seconds(response: IssuerResponse) -> int | None:
    """Return how far the issuer's clock is ahead; its Date header has a resolution of a second."""
    with suppress(TypeError, ValueError):
        date = parsedate_to_datetime(response.headers.get("Date", ""))
        return round(date.timestamp() - time.time())
    return None


def _notes(response: IssuerResponse, skew: int | None, settings: Settings) -> list[str]:
    notes = []
    if skew is not None and abs(skew) > max(2, settings.leeway_seconds):
        notes.append(
            f"The issuer's clock is {abs(skew)} s {'ahead of' if skew > 0 else 'behind'} the clock "
            "of this machine: tokens will seem expired or not yet valid. Synchronize the clocks."
        )
    if response.status == 200 and "json" not in response.headers.get("Content-Type", ""):
        notes.append("The content type is not JSON: does another server respond at this URL?")
    if response.headers.get("Age", "0") != "0":
        notes.append(
            f"The response is from a cache and {response.headers['Age']} s old: exclude the key "
            "set from this cache. Otherwise new keys arrive late, and an empty set stays cached."
        )
    url = urlsplit(response.url)
    if url.scheme == "http" and not is_loopback(url.hostname or ""):
        notes.append(
            "Plain http: an attacker on the network between this machine and the issuer can "
            "replace the keys."
        )
    return notes


def _key_rows(key_set: KeySet, settings: Settings) -> list[dict[str, Any]]:
    usable = [_usable_row(key, settings) for key in key_set.keys.values()]
    skipped = [
        {
            "kid": key.kid,
            "kty": key.kty,
            "crv": key.crv,
            "alg": key.alg,
            "usable": False,
            "fault": key.is_fault,
            "result": f"skipped: {key.reason}",
        }
        for key in key_set.skipped
    ]
    return usable + skipped


def _usable_row(key: Key, settings: Settings) -> dict[str, Any]:
    accepted = [name for name in key.algorithms if name in settings.algorithms]
    return {
        "kid": key.kid,
        "kty": key.kty,
        "crv": key.crv,
        "alg": key.alg,
        "usable": bool(accepted),
        "fault": not accepted,
        "result": f"verifies {', '.join(accepted)}"
        if accepted
        else f"{settings.name_of('ALGORITHMS')} excludes its algorithm",
    }


def _print_key_sets(report: dict[str, Any]) -> None:
    for number, key_set in enumerate(report["key_sets"]):
        if number:
            click.echo()
        _print_key_set(key_set)


def _print_key_set(report: dict[str, Any]) -> None:
    click.echo(f"Key set at {report['url']}")
    if response := report["response"]:
        click.echo(
            f"Response: {response['status']} "
            f"{response['content_type'] or 'without a content type'}, "
            f"{response['bytes']} bytes in {response['milliseconds']} ms"
        )
    if report["keys"]:
        columns = ("kid", "kty", "crv", "alg", "result")
        rows = [[_printable(key[column]) for column in columns] for key in report["keys"]]
        click.echo()
        _print_table([list(columns), *rows])
    for note in report["notes"]:
        click.echo(f"\nNote: {note}")
    click.echo()
    if "error" in report:
        _print_error(report["error"], report["reason"], report["hint"])
        return
    usable = sum(key["usable"] for key in report["keys"])
    if not report["ok"]:
        _print_error(
            "skipped",
            f"only {usable} of {len(report['keys'])} keys can verify tokens",
            "replace the keys that are skipped; each row names the reason",
        )
    elif usable < len(report["keys"]):
        _print_ok(f"{usable} key(s) can verify tokens; the others have another purpose.")
    else:
        _print_ok(f"{usable} key(s), each can verify tokens.")


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
        report["header"] = parse_object(decode_segment(header), "header")
        report["claims"] = parse_object(decode_segment(payload), "payload")
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
    members = {
        "id": user.id,
        "identity": str(user.identity),
        "email": user.email,
        "name": user.name,
    }
    return {**report, "ok": True, "user": members}


def _print_token(report: dict[str, Any]) -> None:
    status = "verified" if report["ok"] else "not verified"
    for part in ("header", "claims"):
        if report[part] is not None:
            click.echo(f"{part.capitalize()} ({status})")
            expected = report["expected"] if part == "claims" else {}
            rows = [
                [_printable(name), _printable(value), _note_on_member(name, value, expected)]
                for name, value in report[part].items()
            ]
            _print_table(rows, indent="  ")
            click.echo()
    if report["ok"]:
        _print_ok(f"The token identifies the user {report['user']['identity']}.")
    else:
        _print_error(report["code"], report["reason"], report["hint"])


def _note_on_member(name: str, value: Any, expected: Mapping[str, Sequence[str]]) -> str:
    if name in expected:
        found = value if isinstance(value, list) else [value]
        accepted = any(one in expected[name] for one in found)
        return "accepted" if accepted else f"expected {' or '.join(expected[name])}"
    if expected and name in ("exp", "iat", "nbf"):
        return _readable_time(value)
    return ""


def _readable_time(value: Any) -> str:
    """Return a NumericDate (RFC 7519, section 2) as a date and a distance from now."""
    try:
        date = datetime.fromtimestamp(value, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return "not a time"
    return f"{date:%Y-%m-%d %H:%M:%S}Z, {_distance_from_now(date.timestamp() - time.time())}"


def _distance_from_now(seconds: float) -> str:
    size = abs(seconds)
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        if size >= 2 * length or unit == "s":
            amount = f"{size / length:.0f} {unit}"
            return f"in {amount}" if seconds > 0 else f"{amount} ago"
    raise AssertionError("every distance fits the unit s")


# guard-check


def _guard_report(prefix: str | None) -> dict[str, Any]:
    routes = [route for rule in current_app.url_map.iter_rules() for route in _routes(rule)]
    routes.sort(key=lambda route: (route["path"], route["methods"]))
    unguarded = [
        route["path"]
        for route in routes
        if prefix is not None and route["path"].startswith(prefix) and not route["guarded"]
    ]
    report = {"ok": not unguarded, "routes": routes, "unguarded": sorted(set(unguarded))}
    try:
        refuse_uncalled_guards(current_app)
    except ConfigError as error:
        return {**report, "ok": False, "error": "guard_not_called", "reason": str(error)}
    return report


def _routes(rule: Rule) -> Iterator[dict[str, Any]]:
    """Yield one row per set of guards: the methods of a view class may have different guards."""
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
        [_printable(route["path"]), " ".join(route["methods"]), ", ".join(route["guards"]) or "-"]
        for route in report["routes"]
    ]
    _print_table([["path", "methods", "guard"], *rows])
    click.echo()
    if report["ok"]:
        guarded = sum(route["guarded"] for route in report["routes"])
        _print_ok(f"{guarded} of {len(report['routes'])} routes accept verified users only.")
    elif "error" in report:
        _print_error(report["error"], report["reason"], "")
    else:
        _print_error(
            "unguarded",
            f"requests without a user are accepted at {', '.join(report['unguarded'])}",
            "put @require_user below @app.get(...), or call "
            "bp.before_request(require_user(...)) on the blueprint",
        )


# Output


def _printable(value: Any) -> str:
    """Return ``value`` on one line without control characters, which a terminal would execute."""
    if value is None:
        return "-"
    text = value if isinstance(value, str) else json.dumps(value)
    return text if text.isprintable() else ascii(text)


def _print_table(rows: list[list[str]], indent: str = "") -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(indent + "  ".join(cells).rstrip())


def _print_ok(text: str) -> None:
    click.secho(f"OK: {text}", fg="green")


def _print_error(code: str, reason: str, fix: str) -> None:
    click.secho(f"Error ({code}): {reason}", fg="red")
    if fix:
        click.echo(f"Fix: {fix}")
