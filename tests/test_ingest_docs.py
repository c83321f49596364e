"""docs/ingest.md says what the code does."""

import ast
import re
from pathlib import Path

from ingest.choose import PREFERENCE
from ingest.cli import ingest
from ingest.errors import (
    FetchError,
    IngestError,
    NotAnArticle,
    NotAPage,
    ParseError,
    SourceError,
)
from ingest.fetch import FetchOptions

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "ingest.md").read_text(encoding="utf-8")
ERRORS = {
    kind.__name__
    for kind in (FetchError, IngestError, NotAnArticle, NotAPage, ParseError, SourceError)
}


def reasons_in_code():
    found = set()
    for path in (ROOT / "ingest").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in ERRORS:
                reason = node.args[1]
                if isinstance(reason, ast.JoinedStr):
                    assert ast.unparse(reason) == "f'http_{status}'"
                    found.add("http_NNN")
                else:
                    found.add(ast.literal_eval(reason))
    return found


def test_table_of_reasons_is_complete():
    rows = re.findall(r"^\| `(\w+)` \| ([a-z, ]+) \| ([^|]+) \| ([^|]+) \|$", PAGE, re.M)
    documented = [reason for reason, *_ in rows]
    assert len(documented) == len(set(documented)) >= 25
    assert set(documented) == reasons_in_code()
    assert {state for _, states, *_ in rows for state in states.split(", ")} == {
        "failed",
        "skipped",
    }


def test_order_of_voices():
    table = PAGE[PAGE.index("| field | order |") : PAGE.index("### Measured")]
    said = {}
    for fields, order in re.findall(r"^\| ([a-z_, ]+) \| ([^|]+) \|$", table, re.M):
        voices = tuple(order.rpartition(": ")[2].strip().split(", "))
        said.update(dict.fromkeys(fields.split(", "), voices))
    del said["field"]
    assert said == dict(PREFERENCE)


def test_limits():
    options = FetchOptions()
    assert f"| redirects | {options.max_redirects} |" in PAGE
    assert f"{options.max_bytes // 2**20} MB after decompression" in PAGE
    timeout = next(option for option in ingest.params if option.name == "timeout")
    assert f"`--timeout` ({timeout.default:g} s)" in PAGE
    assert options.user_agent.split(" ")[0] in PAGE
