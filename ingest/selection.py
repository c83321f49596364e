"""What the operator wants of all that the sources name: by date, by address, by number."""

import re
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Selection:
    """The options --since, --limit, --include and --exclude.

    Attributes:
        since: aware; what is older is passed over. What has no date is taken.
        limit: so many articles are taken in a run, then it ends.
        include: an address must match one of these, where there are any.
        exclude: ... and none of these.
    """

    since: datetime | None = None
    limit: int | None = None
    include: tuple[re.Pattern[str], ...] = ()
    exclude: tuple[re.Pattern[str], ...] = ()

    @property
    def is_all(self) -> bool:
        """True if nothing that a source names is left out, but for a limit."""
        return self.since is None and not self.include and not self.exclude

    def wants(self, url: str) -> bool:
        """True if the address may be taken; patterns are searched for anywhere in it."""
        if self.include and not any(pattern.search(url) for pattern in self.include):
            return False
        return not any(pattern.search(url) for pattern in self.exclude)

    def is_old(self, date: datetime | None) -> bool:
        """True for a date before `since`."""
        return date is not None and self.since is not None and date < self.since
