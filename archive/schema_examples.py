"""The prose, snippets and queries of docs/schema.md. A test runs every one of them."""

INTRODUCTION = """\
# The archive in SQL

An archive is one SQLite file. This page lists its tables and views; their names and columns are
stable, and a later version only adds to them. Open the file with anything that reads SQLite:

```sh
sqlite3 -readonly archive.db "select title, summary, tags from articles limit 5"
```

or read it in a browser, where the same descriptions stand above every table: `newsarchive serve`.

Start with `articles`, or with the views: `latest`, `article_tags`, `entity_mentions_by_day`,
`stealth_edits`, `skipped`. Tables marked *internal* hold the machinery or large values; they can be read like the
others. Each `..._id` column is a foreign key, listed with its table. Ids never change.

*This page is generated: `python -m archive.schema_docs` writes it from the schema itself.*"""

#: How values are stored that are more than plain text and numbers: heading, prose, language, snippet.
STORED_VALUES: tuple[tuple[str, str, str, str], ...] = (
    (
        "Times",
        (
            "All times are text in UTC, ISO 8601, whole seconds, with a Z at the end: "
            "`2024-03-05T16:42:00Z`. They sort and compare as text, and SQLite's date functions read "
            "them. An article whose page gives only a day has the time `00:00:00`. Days by themselves, "
            "as in `aliases`, are `YYYY-MM-DD`."
        ),
        "sql",
        """\
select strftime('%Y-%m', published_at) as month, count(*) as articles
from articles
where published_at >= '2024-01-01'
group by month""",
    ),
    (
        "Lists and objects",
        (
            "`articles.authors` and `articles.tags`, `pages.headers`, `models.parameters` and the like "
            "are JSON, never null: `[]` or `{}` where there is nothing. SQLite's JSON functions take "
            "them apart."
        ),
        "sql",
        """\
select tag.value as tag, count(*) as articles
from articles, json_each(articles.tags) as tag
group by tag.value
order by articles desc, tag""",
    ),
    (
        "Offsets",
        (
            'Where a name or a source sentence stands in `articles.text` is given as `start` and `"end"` '
            "(a word of SQL, hence the quotes): characters (Unicode code points) counted from 0, the end "
            "not included. In Python that is `text[start:end]`; SQLite's `substr` counts from 1."
        ),
        "sql",
        """\
select surface, substr(articles.text, start + 1, "end" - start) as in_the_text
from mentions join articles on articles.id = mentions.article_id""",
    ),
    (
        "Pages",
        (
            "`pages.body` holds the bytes as the server sent them (after decoding any transfer "
            "compression), compressed with zstd. `pages.body_sha256` is the digest of the bytes before "
            "that."
        ),
        "python",
        """\
import hashlib
import sqlite3

import zstandard

with sqlite3.connect("archive.db") as db:
    for url, body, digest in db.execute("select final_url, body, body_sha256 from pages"):
        page = zstandard.ZstdDecompressor().decompress(body)
        assert hashlib.sha256(page).hexdigest() == digest
        print(url, len(page))
db.close()""",
    ),
    (
        "Vectors",
        (
            "`vectors.vector` holds 384 little-endian float16 numbers (768 bytes) of unit length, so that "
            "the dot product of two vectors is their cosine similarity. Compare only vectors of one model; "
            "compute in float32."
        ),
        "python",
        """\
import sqlite3

import numpy as np

with sqlite3.connect("archive.db") as db:
    rows = db.execute(
        "select title, vector from vectors join articles on articles.id = article_id"
        " where model_id = (select max(model_id) from vectors) order by article_id"
    ).fetchall()
db.close()
titles = [title for title, _ in rows]
blob = b"".join(vector for _, vector in rows)
vectors = np.frombuffer(blob, dtype="<f2").reshape(-1, 384).astype(np.float32)
if titles:
    likeness = vectors @ vectors[0]  # to the first article; 1.0 is itself
    for n in np.argsort(-likeness)[:5]:
        print(f"{likeness[n]:.2f} {titles[n]}")""",
    ),
)

#: Queries that answer common questions, each with its question.
QUERIES: tuple[tuple[str, str], ...] = (
    (
        "The newest articles, with summary and tags",
        "select published_at, site, title, summary, tags from latest limit 20",
    ),
    (
        "Articles that mention both of two entities",
        """\
select published_at, title, url
from articles
where id in (select article_id from article_tags where entity = 'Elon Musk')
  and id in (select article_id from article_tags where entity = 'Meta')
order by published_at desc""",
    ),
    (
        "Full-text search, best first, with the words found in brackets",
        """\
select a.title, snippet(articles_fts, -1, '[', ']', '…', 20) as found
from articles_fts join articles a on a.id = articles_fts.rowid
where articles_fts match 'outage AND (facebook OR instagram)'
order by bm25(articles_fts, 10.0, 4.0, 1.0)
limit 10""",
    ),
    (
        "Who and what was in the news most in a month",
        """\
select entity, type, sum(articles) as articles, sum(mentions) as mentions
from entity_mentions_by_day
where day between '2024-03-01' and '2024-03-31'
group by entity_id
order by articles desc, mentions desc
limit 20""",
    ),
    (
        "Entities that are named together with another, most often first",
        """\
select other.name, count(*) as articles
from entities e
join article_entities ae on ae.entity_id = e.id
join article_entities oe on oe.article_id = ae.article_id and oe.entity_id <> e.id
join entities other on other.id = oe.entity_id
where e.slug = 'meta'
group by other.id
order by articles desc, other.name
limit 20""",
    ),
    (
        "Each sentence of a summary beside the sentence that it rests on",
        """\
select a.title, ss.text as says, ss.support,
       substr(a.text, ss.source_start + 1, ss.source_end - ss.source_start) as rests_on
from summaries s
join summary_sentences ss on ss.summary_id = s.id
join articles a on a.id = s.article_id
where s.is_current and s.kind = 'paragraph'
order by a.id, ss.position""",
    ),
    (
        "The names that an entity has had, and when",
        """\
select e.name, a.alias, a.valid_from, a.valid_until
from aliases a join entities e on e.id = a.entity_id
where a.valid_from is not null or a.valid_until is not null
order by e.name, a.valid_from""",
    ),
    (
        "Headlines that their publishers have changed",
        """\
select r.seen_at, r.title as before, a.title as now, a.url
from revisions r join articles a on a.id = r.article_id
where r.title <> a.title
order by r.seen_at desc""",
    ),
    (
        "Why URLs gave no article",
        """\
select state, reason, count(*) as urls, max(error) as example
from skipped
group by state, reason
order by urls desc""",
    ),
    (
        "Articles on whose title the extractors disagree",
        """\
select a.url, v.extractor, v.value, v.is_chosen
from field_votes v join articles a on a.id = v.article_id
where v.field = 'title'
  and v.article_id in (
    select article_id from field_votes
    where field = 'title' group by article_id having count(distinct value) > 1
  )
order by a.id, v.is_chosen desc""",
    ),
)
