"""How a table or view is described."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Description:
    """One line about a table or view, one about each column, in the order of the table.

    is_internal: it holds the machinery or large values; readers are not shown it unasked.
    """

    text: str
    columns: Mapping[str, str]
    is_internal: bool = False
