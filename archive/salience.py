"""How much an article is about each entity that it mentions, and which of them are its tags."""

import math
from collections.abc import Callable, Sequence

from archive.records import Entity, EntityType, Mention, Salience, Tagging

#: Entities below this share of the most salient one are not tags, and there are no more tags than this.
_MIN_SALIENCE = 0.1
_MAX_TAGS = 15
#: A place is a tag from this many mentions on.
_MANY = 3
#: How much a place counts beside anything else.
_PLACE = 0.5

Key = tuple[str, EntityType]


def weigh(
    mentions: Sequence[Mention],
    title: Sequence[Mention],
    text_length: int,
    entity: Callable[[Key], Entity],
) -> Tagging:
    """Entities with salience, and tags, for the mentions in a text and in its title.

    Salience grows with the logarithm of the mentions; a name in the title counts as two and a half
    times as much, one in the first fifth of the text as one and a half; a place half as much as
    anything else, since most stories have one and are not about it. The highest is 1. An entity
    that no list knows is a tag only if the article names it twice, or in title and text; a place
    only if it is in the title or named three times.

    Args:
        text_length: characters of the text.
        entity: what is known of an entity, by name and type.
    """
    in_title = {(m.entity, m.type) for m in title if m.entity}
    counts: dict[Key, int] = {}
    first: dict[Key, int] = {}
    for name, kind in sorted(in_title):
        counts[name, kind], first[name, kind] = 0, 0
    for mention in mentions:
        if mention.entity:
            key = (mention.entity, mention.type)
            counts[key] = counts.get(key, 0) + 1
            first.setdefault(key, mention.start)
    raw: dict[Key, float] = {}
    for key, count in counts.items():
        weight = 1.0 + (1.5 if key in in_title else 0.0)
        weight += 0.5 if first[key] < 0.2 * text_length else 0.0
        raw[key] = weight * math.log1p(max(count, 1)) * (_PLACE if key[1] == "place" else 1.0)
    highest = max(raw.values(), default=1.0)
    order = sorted(raw, key=lambda key: (-round(raw[key], 6), first[key], key))
    entities = tuple(
        Salience(entity(key), counts[key], round(raw[key] / highest, 4)) for key in order
    )
    tags = [
        s.entity.name
        for s in entities
        if s.salience >= _MIN_SALIENCE
        and _is_telling(s, (s.entity.name, s.entity.type) in in_title)
    ]
    return Tagging(tuple(mentions), entities, tuple(dict.fromkeys(tags))[:_MAX_TAGS], tuple(title))


def _is_telling(salience: Salience, is_in_title: bool) -> bool:
    """Whether an entity says what the article is about, and is not merely one of its names."""
    count = salience.mention_count
    if salience.entity.type == "place":
        return is_in_title or count >= _MANY
    if salience.entity.description is None:
        return count > 1 or (is_in_title and count > 0)
    return True
