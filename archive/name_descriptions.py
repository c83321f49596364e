"""What the tables mean that say who is meant where, and what people have decided about it."""

from collections.abc import Mapping

from archive.description import Description


def _mention(field: str) -> dict[str, str]:
    """The columns of a mention in a field of an article."""
    return {
        "id": "Number of the mention",
        "article_id": "The article (articles.id)",
        "entity_id": "Whom or what it means (entities.id); null where that is not known",
        "start": f"Offset in articles.{field} of the first character of the name",
        "end": f"Offset in articles.{field} behind the last character of the name",
        "surface": f"The name as it stands in the {field}",
        "type": "One of person, organization, product, place, work, other",
        "score": "How sure the model is, between 0 and 1",
        "model_id": "The model (models.id) that found it",
        "tagged_entity_id": (
            "What the tagger took it for (entities.id), where decision_id says otherwise; null for nobody"
        ),
        "tagged_type": "What type the tagger took it for, where decision_id says otherwise",
        "decision_id": (
            "The decision (decisions.id) that had the last say on whom it means; null where none had"
        ),
        "reason": (
            "Who saw the name and what decided whom it means, a JSON array of codes (docs/names.md); "
            "null where it was tagged before reasons were kept"
        ),
    }


NAMES: Mapping[str, Description] = {
    "entities": Description(
        "Who or what articles mention: people, organizations, products, places",
        {
            "id": "Number of the entity; it never changes",
            "name": "Canonical name; unique together with type",
            "type": "One of person, organization, product, place, work, other",
            "slug": "Name for addresses: lower-case ASCII letters, digits and hyphens; unique",
            "description": "A few words on who or what it is",
            "merged_into": "The entity (entities.id) that it is by a decision; null where there is none",
            "tagged_name": "What taggers call it, where a decision has renamed it; null elsewhere",
            "tagged_type": "What type taggers take it for, where a decision has renamed it",
        },
    ),
    "aliases": Description(
        "The names of entities, and between which days each name held",
        {
            "id": "Number of the alias",
            "entity_id": "The entity (entities.id) that has this name",
            "alias": "The name as texts write it",
            "valid_from": "First day on which the name held, YYYY-MM-DD; null: from the beginning",
            "valid_until": "First day on which the name no longer held, YYYY-MM-DD; null: it still holds",
            "origin": (
                "Where the name comes from: gazetteer, article (one that was tagged), name, "
                "or what people decided: decision, rename"
            ),
            "folded": "The name without case, accents, hyphens, spaces and legal form, to find it by",
        },
    ),
    "mentions": Description(
        "Every name found in an article's text, where it stands and whom it means",
        _mention("text"),
    ),
    "title_mentions": Description(
        "Every name found in an article's title, as mentions holds those of the text",
        _mention("title"),
    ),
    "decisions": Description(
        "What people have decided about names: who is whom, by whom decided and when",
        {
            "id": "Number of the decision; they hold in this order",
            "kind": "One of merge, split, rename, alias, unalias, ignore",
            "entity_id": "The entity (entities.id) that it is about; null for a name that is nobody's",
            "target_id": "Into which entity (entities.id) it is merged or split; null elsewhere",
            "name": "The alias, the new name, or the name that is none",
            "type": "The new type of a renamed entity; null where it stays",
            "surfaces": "Names that a split is about, a JSON array; [] for all",
            "articles": "URLs of the articles that a split is about, a JSON array; [] for all",
            "valid_from": "First day of publication from which an alias counts, YYYY-MM-DD; null: from the beginning",
            "valid_until": "First day of publication on which it no longer counts, YYYY-MM-DD; null: it still does",
            "made_at": "When it was made, UTC, ISO 8601",
            "made_by": "Who made it",
            "note": "Why, in the words of who made it; null if nothing was said",
            "undone_at": "When it was undone, UTC, ISO 8601; null while it stands",
            "undone_by": "Who has undone it",
            "removed": "The aliases that an unalias took away, a JSON array of alias, from, until, origin",
        },
    ),
    "article_entities": Description(
        "Which entities each article mentions, how often, and how much it is about them",
        {
            "article_id": "The article (articles.id)",
            "entity_id": "The entity (entities.id)",
            "mention_count": "Number of times the article's text names the entity",
            "salience": "How much the article is about the entity, between 0 and 1",
        },
    ),
}
