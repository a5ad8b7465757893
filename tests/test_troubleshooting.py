"""docs/troubleshooting.md has a section for each code, and the text of each fix in the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge import Refusal
from todo.api.problems import UserUnknown

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/troubleshooting.md").read_text()
MODULES = sorted((ROOT / "bridge").glob("*.py"))
# Names of the functions and constants that contain the text of fixes.
FIXES = re.compile(r"_hint$|^_?notes$|_HINTS?$|^WHAT_TO_SEND$|^_EXPIRED_WHEN_ISSUED$")


def plain(text: str) -> str:
    return " ".join(text.replace("`", "").split()).lower()


def codes_of_refusals(kind: type[Refusal] = Refusal) -> Iterator[str]:
    for refusal in kind.__subclasses__():
        if "code" in vars(refusal) and refusal.__module__ in (
            "bridge.errors",
            UserUnknown.__module__,
        ):
            yield refusal.code
        yield from codes_of_refusals(refusal)


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def constants(tree: ast.AST | None) -> Iterator[str]:
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def codes_in_the_code() -> set[str]:
    codes = set(codes_of_refusals())
    for file in MODULES:
        tree = ast.parse(file.read_text())
        for function in ("IssuerError", "_print_error"):
            codes |= {
                str(call.args[0].value)
                for call in calls(tree, function)
                if call.args and isinstance(call.args[0], ast.Constant)
            }
    return codes | {"guard_not_called"}


def fixes_in_the_code() -> Iterator[str]:
    """Yield each literal part of a fix; the parts of an f-string are separate."""
    for file in MODULES:
        tree = ast.parse(file.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "hint":
                yield from constants(node.value)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                if FIXES.search(node.targets[0].id) or node.targets[0].id == "hint":
                    yield from constants(node.value)
            elif isinstance(node, ast.FunctionDef) and FIXES.search(node.name):
                for statement in node.body:
                    if not isinstance(statement, ast.Expr):  # the docstring
                        yield from constants(statement)
        for call in calls(tree, "_print_error"):
            yield from constants(call.args[2])


def test_every_code_has_a_section():
    codes = codes_in_the_code()
    assert {"token_expired", "user_unknown", "proxy", "unusable", "unguarded"} <= codes
    assert len(codes) > 35
    assert set(re.findall(r"(?m)^### `(\w+)`$", PAGE)) == codes


@pytest.mark.parametrize(
    "part", sorted({part for part in fixes_in_the_code() if part.count(" ") > 3})
)
def test_every_fix_is_on_the_page(part: str):
    assert plain(part).strip(" ;:,.") in plain(PAGE)


def test_the_fixes_are_found():
    assert len(set(fixes_in_the_code())) > 60


def test_every_link_to_a_section_works():
    targets = set(re.findall(r"\]\(#(\w+)\)", PAGE))
    assert targets
    assert all(f"### `{target}`\n" in PAGE for target in targets)
