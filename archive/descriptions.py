"""What every table, view and column means: the one source of docs/schema.md and of Datasette's notes.

Times are UTC, ISO 8601 text ending in Z. Offsets are positions in the article's text, counted in
Unicode code points from 0, the end exclusive (as in Python strings and SQLite's substr).
"""

from collections.abc import Mapping

from archive.counts import COUNTS
from archive.description import Description
from archive.made import MADE
from archive.name_descriptions import NAMES

__all__ = ["INTERNAL_TABLES", "TABLES", "VIEWS", "Description"]

TABLES: Mapping[str, Description] = {
    "articles": Description(
        "What the pages say: one row per canonical URL, with its current summary and tags",
        {
            "id": "Number of the article; it never changes",
            "url": "Canonical URL, or the file URL of an article that was read from a file",
            "site": "Host of the outlet, without www.; null for an article that was read from a file",
            "title": "Headline, without the name of the site",
            "description": "The page's own description, as publishers write it for search engines",
            "authors": "Names of the authors, a JSON array of strings; [] where none is named",
            "published_at": (
                "When it was published, UTC, ISO 8601; midnight where the page gives only a day"
            ),
            "modified_at": "When the publisher last changed it, UTC, ISO 8601",
            "language": 'Language of the text, an ISO 639 code such as "en"',
            "section": "Section of the site in which it stands, as the page names it",
            "text": "The article itself: plain text, paragraphs parted by blank lines",
            "word_count": "Number of words in text; in scripts without spaces two signs count as one",
            "image_url": "URL of the picture that the page gives for the article",
            "is_paywalled": "1 if a paywall notice stood on the page, so that text may be cut short",
            "summary": "Current summary, a copy of summaries.text; null until one is made",
            "tags": (
                "Names of the entities that the article is about, most salient first, a JSON array"
            ),
            "content_hash": "sha256: and the digest of title and text; says whether they changed",
            "duplicate_of": "The article (articles.id) of which this one is a copy; null otherwise",
            "page_id": "The page (pages.id) from which it was read last",
            "first_seen_at": "When the article was first saved, UTC, ISO 8601",
            "updated_at": "When what the page says last changed here, UTC, ISO 8601",
            "duplicate_share": (
                "Share of this text's runs of five words that the original has too, between 0 and 1; "
                "null where duplicate_of is"
            ),
            "keywords": "Keywords that the publisher gives the article, a JSON array; [] where none",
            "site_name": 'What the outlet calls itself, such as "The Quay Post"; null if it does not say',
            "last_seen_at": (
                "When it was last seen as it is here, at its address or in the file that it came from, UTC, ISO "
                "8601; of a capture its date; null for what was saved by versions that did not write it down"
            ),
        },
    ),
    **NAMES,
    **MADE,
    "revisions": Description(
        "Earlier texts of articles that their publishers have changed since",
        {
            "id": "Number of the revision; seen_at tells their order",
            "article_id": "The article (articles.id)",
            "seen_at": "When it was found to be replaced, UTC, ISO 8601; the date of a capture that showed it",
            "title": "The headline as it was",
            "text": "The text as it was",
            "content_hash": "sha256: and the digest of title and text as they were",
            "modified_at": "articles.modified_at as the page gave it with this text, UTC, ISO 8601",
            "last_seen_at": (
                "When it was last seen: it was changed between then and seen_at, UTC, ISO 8601; "
                "null for what was kept by versions that did not write it down"
            ),
            "is_read_otherwise": (
                "1 if this text or the one after it is of a record of JSON Lines, and the other of a page, so "
                "that the difference may be how another program read the page"
            ),
        },
    ),
    "field_changes": Description(
        "What pages said of their articles before, beside title and text, and say otherwise since",
        {
            "id": "Number of the change; seen_at tells their order",
            "article_id": "The article (articles.id)",
            "field": "The column of articles: authors, published_at, description or is_paywalled",
            "value_before": "What stood there before, as articles holds it; null if nothing did",
            "value_after": "What has stood there since; null if nothing does",
            "is_stealth": "1 if the page named no new date of modification with it",
            "last_seen_at": (
                "When the article was last seen without the change: it was made between then and seen_at, UTC, ISO 8601"
            ),
            "seen_at": "When the change was found, UTC, ISO 8601; the date of a capture that showed it",
        },
    ),
    "signatures": Description(
        "The MinHash signature of each article's text, by which copies are found",
        {
            "article_id": "The article (articles.id)",
            "content_hash": "articles.content_hash of the text that was read",
            "dated_at": "The time by which the earliest of equal texts is told, UTC, ISO 8601",
            "signature": (
                "128 little-endian 32-bit numbers (datasketch, affine32); null for a text too short"
            ),
        },
        is_internal=True,
    ),
    "signature_bands": Description(
        "Index of the signatures: articles that share a bucket may be copies of each other",
        {
            "bucket": "Hash of two neighbouring numbers of a signature and of their place",
            "article_id": "The article (signatures.article_id, articles.id)",
        },
        is_internal=True,
    ),
    "unsigned": Description(
        "Articles whose present text or date has not been looked at for copies",
        {"article_id": "The article (articles.id)"},
        is_internal=True,
    ),
    "undecided": Description(
        "Articles to which the decisions about names are still to be applied",
        {
            "article_id": "The article (articles.id)",
            "is_renamed": "1 if its tags are to be made anew, whatever its mentions mean",
        },
        is_internal=True,
    ),
    "removals": Description(
        "Articles that were taken out of the archive: their addresses, and nothing of what they said",
        {
            "url": "A URL that led to the article; it is not taken again",
            "article_url": "The URL under which the article stood",
            "article_id": "The number (articles.id) that it had; no other article gets it",
            "removed_at": "When it was taken out, UTC, ISO 8601",
            "removed_by": "Who took it out",
            "note": "Why, in their words",
        },
    ),
    "field_votes": Description(
        "Who said what about an article's title, authors, dates and text, and which one was chosen",
        {
            "article_id": "The article (articles.id)",
            "field": "Column of articles that the vote is about",
            "extractor": "Who says so: jsonld, meta, markup, trafilatura, newspaper3k",
            "value": (
                "What it says: plain text; for authors a JSON array; for the text a JSON object "
                "with its number of words and the share in common with the chosen one"
            ),
            "is_chosen": "1 for the vote that won",
        },
        is_internal=True,
    ),
    "pages": Description(
        "The bytes that came back, with when, from where and how; articles can be read from them again",
        {
            "id": "Number of the page",
            "requested_url": "The URL that was asked for",
            "final_url": "The URL that answered, after redirects",
            "fetched_at": "When the answer came, UTC, ISO 8601; the first, if the same came again",
            "http_status": "HTTP status of the answer; null for a file",
            "headers": "Headers of the answer, a JSON object; cookies and tokens are left out",
            "body": "The bytes, compressed with zstd",
            "body_bytes": "Number of bytes before compression",
            "body_sha256": "SHA-256 of the bytes before compression, in hexadecimal",
            "last_seen_at": "When the same bytes last came again, UTC, ISO 8601; null if they came once",
        },
        is_internal=True,
    ),
    "ledger": Description(
        "Every URL ever asked for, and what became of it",
        {
            "id": "Number of the entry",
            "url": "The URL as it was asked for",
            "source_id": "The source (sources.id) that named it first; null if a person did",
            "state": (
                "pending (not tried yet), article, source (names other URLs), "
                "skipped (no article) or failed (to be tried again)"
            ),
            "tries": "Number of times it was tried",
            "http_status": "HTTP status of the last answer",
            "reason": 'Short code of why there is no article, such as "http_404" or "too_short"',
            "error": "The same in words, with the next step",
            "first_seen_at": "When it was first asked for, UTC, ISO 8601",
            "last_tried_at": "When it was last tried, UTC, ISO 8601",
            "next_try_at": (
                "When ingest --retry-failed is to try it again, UTC, ISO 8601; null where the failure is "
                "no passing one, or was met too often"
            ),
            "etag": "ETag header of the last answer, sent back to ask only for changes",
            "last_modified": "Last-Modified header of the last answer, sent back likewise",
            "page_id": "The last page (pages.id) that came back",
            "article_id": "The article (articles.id) that was read from it",
            "failures": "How often in a row it failed; 0 after any answer that can be used",
        },
    ),
    "sources": Description(
        "Where URLs and files come from: feeds, pages, folders, lists",
        {
            "id": "Number of the source; it never changes",
            "kind": (
                "One of page, site, feed, sitemap, opml, bookmarks, warc, jsonl, html, text, folder"
            ),
            "url": "URL or file URL of the source; that of a feed follows its permanent redirects",
            "title": "What the source calls itself",
            "etag": (
                "ETag header of the last answer of which all was taken, sent back to ask only for changes"
            ),
            "last_modified": "Last-Modified header of that answer, sent back likewise",
            "first_seen_at": "When it was first read or followed, UTC, ISO 8601",
            "last_read_at": "When it was last read, UTC, ISO 8601; of a feed also when it was unchanged",
            "is_followed": "1 if feeds poll and watch read it; 0 for any other source",
            "followed_at": "Since when it is followed, UTC, ISO 8601",
            "next_poll_at": "When it is to be read again, UTC, ISO 8601; null if it is not followed",
            "poll_interval_s": "Seconds between two readings, which adapt to how often it brings news",
            "poll_hints": (
                "What the feed asks of those who read it, a JSON object: least_s (ttl, updatePeriod), "
                "skip_hours, skip_days (Monday is 0)"
            ),
            "last_polled_at": "When it was last asked for, whatever came of it, UTC, ISO 8601",
            "last_changed_at": "When it last named an article that was new here, UTC, ISO 8601",
            "failures": "How often in a row reading it has failed",
            "last_status": "HTTP status of its last answer; null if none came",
            "last_error": "What went wrong the last time, in one line; null if nothing did",
        },
    ),
    "runs": Description(
        "One row for each run of the command line that changed the archive",
        {
            "id": "Number of the run",
            "command": "The command, such as ingest",
            "arguments": "Its arguments, a JSON array of strings",
            "versions": "Versions of the parts that decide what is written, a JSON object",
            "started_at": "When it began, UTC, ISO 8601",
            "finished_at": "When it ended, UTC, ISO 8601; null if it was killed or is under way",
            "counts": "Totals at its end, a JSON object",
            "is_complete": "1 if it ran to its end, 0 if it was interrupted or is under way",
        },
    ),
    "errors": Description(
        "What went wrong in a run",
        {
            "id": "Number of the error",
            "run_id": "The run (runs.id)",
            "subject": "What it was about: a URL, a path, an article",
            "stage": "In which stage it happened",
            "reason": "Short code of the cause",
            "message": "The whole line that was shown: the input, the cause, the next step",
            "occurred_at": "When it happened, UTC, ISO 8601",
        },
    ),
    "articles_fts": Description(
        "Full-text index (FTS5) of articles; rowid is articles.id, triggers keep it up to date; where "
        "words stand without spaces each sign is one",
        {
            "title": "Words of articles.title",
            "summary": "Words of articles.summary",
            "text": "Words of articles.text",
        },
        is_internal=True,
    ),
    "unspaced": Description(
        "Articles with signs of scripts that have no spaces between words, which the index takes apart",
        {"article_id": "The article (articles.id)"},
        is_internal=True,
    ),
    **COUNTS,
    "_sqlite_migrations": Description(
        "The numbered steps by which the tables were made, kept by sqlite-utils",
        {
            "id": "Number of the row",
            "migration_set": 'Always "archive"; its presence marks the file as a newsarchive',
            "name": "Name of the step in archive/migrations/",
            "applied_at": "When it was applied, UTC, ISO 8601 with microseconds",
        },
        is_internal=True,
    ),
}

VIEWS: Mapping[str, Description] = {
    "latest": Description(
        "Articles in brief, the newest first",
        {
            "id": "articles.id",
            "published_at": "When it was published, UTC, ISO 8601",
            "site": "Host of the outlet",
            "title": "Headline",
            "summary": "Current summary",
            "tags": "Names of the most salient entities, a JSON array",
            "url": "Canonical URL",
        },
    ),
    "article_tags": Description(
        "One row for each article and each entity that it mentions",
        {
            "article_id": "articles.id",
            "published_at": "When the article was published, UTC, ISO 8601",
            "site": "Host of the outlet",
            "title": "Headline",
            "entity_id": "entities.id",
            "entity": "Canonical name of the entity",
            "type": "Type of the entity",
            "mention_count": "Number of times the article's text names the entity",
            "salience": "How much the article is about the entity, between 0 and 1",
        },
    ),
    "entity_mentions_by_day": Description(
        "How often each entity is in the news, by day of publication (UTC)",
        {
            "entity_id": "entities.id",
            "entity": "Canonical name of the entity",
            "type": "Type of the entity",
            "day": "Day of publication, YYYY-MM-DD, UTC",
            "articles": "Number of articles of that day that mention the entity",
            "mentions": "Number of mentions in those articles",
        },
    ),
    "stealth_edits": Description(
        "Changes of an article that came without a new date of modification",
        {
            "article_id": "articles.id",
            "revision_id": "revisions.id of the title and text before the change",
            "last_seen_at": "When the article was last seen without the change, UTC, ISO 8601",
            "seen_at": "When the change was found, UTC, ISO 8601",
            "site": "Host of the outlet",
            "url": "Canonical URL",
            "modified_at": "Date of modification before and after, UTC, ISO 8601; null if none",
            "title_before": "Headline before the change",
            "title_after": "Headline after the change",
            "is_text_changed": "1 if the text changed, 0 if the headline alone did",
        },
    ),
    "indexed_articles": Description(
        "Articles as the full-text index reads them: a space of no width (U+200B) stands between "
        "signs of scripts that have no spaces between words",
        {
            "id": "articles.id",
            "title": "Headline",
            "summary": "Current summary",
            "text": "Text of the article",
        },
        is_internal=True,
    ),
    "skipped": Description(
        "What was asked for and gave no article, and why",
        {
            "url": "The URL as it was asked for",
            "state": "skipped (no article) or failed (to be tried again)",
            "reason": "Short code of the cause",
            "error": "The same in words, with the next step",
            "http_status": "HTTP status of the last answer",
            "tries": "Number of times it was tried",
            "failures": "How often in a row it failed",
            "last_tried_at": "When it was last tried, UTC, ISO 8601",
            "next_try_at": "When ingest --retry-failed is to try it again, UTC, ISO 8601",
            "retry": "due, waiting (for next_try_at), given up (failed too often) or no",
            "source_kind": "Kind of the source that named it",
            "source_url": "URL of the source that named it",
        },
    ),
}

#: Tables of the machinery. What SQLite makes beside `articles_fts` is internal too, and not listed.
INTERNAL_TABLES = tuple(name for name, table in TABLES.items() if table.is_internal)
