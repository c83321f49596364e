"""What the tables mean that hold what models have made of articles."""

from collections.abc import Mapping

from archive.description import Description

MADE: Mapping[str, Description] = {
    "summaries": Description(
        "Summaries of articles, each with the model that made it",
        {
            "id": "Number of the summary",
            "article_id": "The article (articles.id)",
            "model_id": "The model (models.id) that made it",
            "kind": "dek (one line), paragraph (as in articles.summary) or points (of a long read)",
            "text": "The summary in plain text; each key point is a line",
            "tokens_read": "Tokens of the article that the model has read",
            "tokens_total": "Tokens of the whole article; more than tokens_read if it was cut",
            "is_current": "1 for what the article shows, 0 for what other models have beside it",
            "created_at": "When it was made, UTC, ISO 8601",
        },
    ),
    "summary_sentences": Description(
        "The receipts: for each sentence of a summary, the stretch of the article that supports it",
        {
            "summary_id": "The summary (summaries.id)",
            "position": "Place of the sentence in the summary, counted from 0",
            "text": "The sentence",
            "support": "How well the article supports it, between 0 and 1; 1 if it is quoted",
            "source_start": "Offset in articles.text at which the supporting stretch begins",
            "source_end": "Offset in articles.text behind the supporting stretch",
            "origin": (
                "quoted (the stretch itself), repaired (shortened, or with a name in brackets), "
                "written (by a model), or replacement (quoted for a written sentence that the article does not "
                "support)"
            ),
            "other_sources": "Further stretches that support it, a JSON array of [start, end]",
        },
        is_internal=True,
    ),
    "vector_codes": Description(
        "The signs of the vectors, by which the nearest are looked for",
        {
            "model_id": "The model that made the vector (models.id)",
            "article_id": "The article (articles.id)",
            "code": (
                "One bit for each dimension, 1 where it is negative, the first in the highest bit of "
                "the first byte, filled up with 0 to a multiple of 8 bytes; null where it is not made"
            ),
        },
        is_internal=True,
    ),
    "vectors": Description(
        "One vector per article and model: articles about like things have a high dot product",
        {
            "article_id": "The article (articles.id)",
            "model_id": "The model (models.id) that made it",
            "vector": "Little-endian float16 numbers of unit length: 384, in 768 bytes, if embedded",
        },
        is_internal=True,
    ),
    "taggings": Description(
        "Tags of other models beside those that are shown, each whole",
        {
            "article_id": "The article (articles.id)",
            "model_id": "The model (models.id) that made them",
            "tagging": (
                "JSON object: mentions (arrays of start, end, surface, type, entity, score), "
                "entities (as in article_entities, with their aliases), tags"
            ),
        },
        is_internal=True,
    ),
    "models": Description(
        "Models as they were used: other parameters are another row",
        {
            "id": "Number of the model",
            "task": "What it does: summary, tags or vector",
            "name": "Name of the model",
            "revision": "Version of its weights or data",
            "parameters": "Settings it was used with, a JSON object",
            "is_current": "1 for the model of its task that was made current last",
        },
    ),
    "enrichments": Description(
        "What each model has done: an article is done again when its content_hash differs",
        {
            "article_id": "The article (articles.id)",
            "task": "What was done: summary, tags or vector",
            "model_id": "The model (models.id) that did it",
            "content_hash": "articles.content_hash of the text that the model read",
            "created_at": "When it was done, UTC, ISO 8601",
        },
        is_internal=True,
    ),
}
