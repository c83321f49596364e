"""A small archive of articles about a few names, tagged by a list, for the tests of decisions."""

import re
from datetime import UTC, datetime

from archive_records import ARTICLE, TAGGER, save

from archive import Alias, Entity, Mention
from archive.records import WorkItem
from archive.salience import weigh

META = Entity("Meta", "organization", "Owner of Facebook", (Alias("Facebook", None, "2021-10-28"),))
FACEBOOK = Entity("Facebook", "product", "A social network", (Alias("Facebook", "2021-10-28"),))
ZUCKERBERG = Entity("Mark Zuckerberg", "person", "Founder of Facebook")
APPLE = Entity("Apple", "organization", "Maker of computers", (Alias("Apple Inc."),))
LUMORA = Entity("Lumora", "organization")

#: What the list takes each name for, before and since the day on which Facebook became a product.
NAMES = {
    "Meta": (META, META),
    "Facebook": (META, FACEBOOK),
    "Mark Zuckerberg": (ZUCKERBERG, ZUCKERBERG),
    "Apple": (APPLE, APPLE),
    "Lumora": (LUMORA, LUMORA),
    "Recall": (None, None),
}
_CHANGE = datetime(2021, 10, 28, tzinfo=UTC)


def article(number, title, text, day):
    return ARTICLE.replace(
        url=f"https://news.example/{number}",
        title=title,
        text=text,
        published_at=datetime.fromisoformat(day).replace(tzinfo=UTC),
    )


ARTICLES = (
    article(
        1,
        "Facebook fined",
        "Facebook will pay. Mark Zuckerberg said so. Facebook's lawyers agreed.",
        "2019-05-01",
    ),
    article(
        2, "Meta grows", "Meta owns Facebook. Zuck likes it, and Apple does not.", "2023-05-01"
    ),
    article(3, "The label", "Apple released the album. Apple was their own label.", "2022-01-01"),
    article(4, "Phones", "Apple sells phones; Lumora makes lamps. Recall is late.", "2024-01-01"),
)


def find(text, day):
    """The mentions that the list finds in a text."""
    found = []
    for match in re.finditer("|".join(sorted(NAMES, key=len, reverse=True)), text):
        entity = NAMES[match[0]][day >= _CHANGE]
        kind, name = (entity.type, entity.name) if entity else ("product", None)
        found.append(Mention(*match.span(), match[0], kind, name, 0.9, ("list", "only")))
    return found


def tag(archive, number):
    """Tag an article as the list does."""
    known = {(e.name, e.type): e for pair in NAMES.values() for e in pair if e}
    row = archive.articles.find(str(number))
    item = WorkItem(number, row["title"], row["text"], None, "en", row["content_hash"], frozenset())
    day = datetime.fromisoformat(row["published_at"])
    text, title = find(row["text"], day), find(row["title"], day)
    tagging = weigh(text, title, len(row["text"]), known.__getitem__)
    with archive.transaction():
        model = archive.enrichments.model_id(TAGGER)
        archive.enrichments.save_tagging(item, tagging, model)


def fill(archive, is_tagged=True):
    """Save the articles, and tag them."""
    for number, one in enumerate(ARTICLES, 1):
        save(archive, one)
        if is_tagged:
            tag(archive, number)
    return archive


def state(archive):
    """All that decisions may change, by names and not by ids."""
    mentions = {
        table: archive.db.execute(
            f"""
            select m.article_id, m.start, m."end", m.surface, m.type, e.name, t.name, d.kind
            from {table} m left join entities e on e.id = m.entity_id
            left join entities t on t.id = m.tagged_entity_id
            left join decisions d on d.id = m.decision_id order by 1, 2
            """
        ).fetchall()
        for table in ("mentions", "title_mentions")
    }
    entities = archive.db.execute(
        """
        select e.name, e.type, e.tagged_name, e.tagged_type, i.name, t.articles, t.mentions
        from entities e left join entities i on i.id = e.merged_into
        join entity_totals t on t.entity_id = e.id order by 1, 2
        """
    ).fetchall()
    aliases = archive.db.execute(
        """
        select distinct e.name, e.type, a.alias, a.valid_from, a.valid_until, a.origin
        from aliases a join entities e on e.id = a.entity_id
        join entity_totals t on t.entity_id = e.id order by 1, 2, 3, 4, 5, 6
        """
    ).fetchall()
    weights = archive.db.execute(
        "select ae.article_id, e.name, e.type, ae.mention_count, ae.salience "
        "from article_entities ae join entities e on e.id = ae.entity_id order by 1, 2, 3"
    ).fetchall()
    tags = archive.db.execute("select id, tags from articles order by id").fetchall()
    return {
        **mentions, "entities": entities, "aliases": aliases, "weights": weights, "tags": tags,
    }  # fmt: skip


def meanings(archive, number, table="mentions"):
    """What each name of an article means: (surface, entity or None)."""
    return archive.db.execute(
        f"select m.surface, e.name from {table} m left join entities e on e.id = m.entity_id "
        "where m.article_id = ? order by m.start",
        [number],
    ).fetchall()
