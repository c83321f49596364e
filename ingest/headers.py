"""HTTP headers as they are stored."""

import re
from collections.abc import Iterable

#: Headers that could hold a secret are not stored.
_SECRET = re.compile(r"cookie|token|auth|session|csrf|secret|api-?key|signature", re.I)


def without_secrets(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The headers whose names speak of no cookie, token or key."""
    return tuple((name, value) for name, value in headers if not _SECRET.search(name))
