"""The language of a text."""

import re

from ingest.word_counts import count_words

#: Detection needs some words, and reads no more than it needs.
_MIN_WORDS = 40
_CHARACTERS = 1000


def language_code(label: str | None) -> str | None:
    """The two- or three-letter language of a tag such as en-US or de_DE."""
    match = re.match(r"([a-zA-Z]{2,3})(?:[-_]|$)", (label or "").strip())
    return match.group(1).lower() if match else None


def detect_language(text: str) -> str | None:
    """The language of a text as an ISO 639-1 code, or None where there is too little to tell."""
    sample = text[:_CHARACTERS]
    if count_words(sample) < _MIN_WORDS and len(sample) < 8 * _MIN_WORDS:
        return None
    import py3langid

    return str(py3langid.classify(sample)[0])
