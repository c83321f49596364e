"""Links that lists are full of, made in Python: a macro of a template takes ten times as long for each."""

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from serve.queries import Name

_LINK = Markup('<a class="name {}" href="{}">{}</a>')
_PLAIN = Markup('<span class="name {}">{}</span>')


def name_links(urls: Any) -> Callable[[Name], Markup]:
    """A function that writes an entity's name with a link to its page, or without where it has none."""
    entities = urls.path("/-/entity/")

    def name_link(name: Name) -> Markup:
        if not name.slug:
            return _PLAIN.format(name.type, name.name)
        return _LINK.format(name.type, f"{entities}{name.slug}", name.name)

    return name_link
