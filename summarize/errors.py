"""Errors of the model layer.

NewsarchiveError
└── SummarizeError
    └── ModelError    a model is missing, or its folder does not hold what is needed
"""

from archive import NewsarchiveError


class SummarizeError(NewsarchiveError):
    """Summaries, tags or vectors could not be made."""


class ModelError(SummarizeError):
    """A model cannot be loaded."""
