"""Questions an analyst asks, ready to run: Datasette's canned queries for each archive, and docs/sql.md."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Query:
    """A query with what it answers, and values with which docs/sql.md shows it at work.

    is_private: it tells what the operator asked for and what failed; public instances leave it out.
    """

    title: str
    description: str
    sql: str
    example: Mapping[str, str] = field(default_factory=dict)
    is_private: bool = False


_ENTITY = "(select id from entities where slug = :entity)"
_ELON_MUSK = {"entity": "elon-musk"}

QUERIES: Mapping[str, Query] = {
    "sites": Query(
        "Sites",
        "How many articles there are of each site, and between which days",
        """
select site, sum(articles) as articles, min(nullif(day, '')) as first, max(day) as last
from site_days group by site order by articles desc limit 100""",
    ),
    "articles_by_month": Query(
        "Articles by month",
        "How many articles each month brought, and from how many sites",
        """
select substr(day, 1, 7) as month, sum(articles) as articles, count(distinct site) as sites
from site_days where day > '' group by month order by month desc limit 24""",
    ),
    "most_mentioned": Query(
        "Most mentioned between two days",
        "Who and what was in most articles between two days",
        """
select e.name, e.type, sum(d.articles) as articles, sum(d.mentions) as mentions
from entity_days d join entities e on e.id = d.entity_id
where d.day between :since and :until
group by e.id order by articles desc, mentions desc, e.name limit 20""",
        {"since": "2024-01-01", "until": "2024-12-31"},
    ),
    "rising": Query(
        "Rising since a day",
        "Who is in more articles in the 30 days from a day on than in the 30 days before it",
        """
select e.name, e.type,
       sum(case when d.day >= :since then d.articles else 0 end) as articles,
       sum(case when d.day < :since then d.articles else 0 end) as before
from entity_days d join entities e on e.id = d.entity_id
where d.day >= date(:since, '-30 days') and d.day < date(:since, '+30 days')
group by e.id having articles > before order by articles - before desc, e.name limit 20""",
        {"since": "2024-03-01"},
    ),
    "entity_by_month": Query(
        "An entity by month",
        "In how many articles of each month an entity is mentioned, and how often",
        f"""
select substr(day, 1, 7) as month, sum(articles) as articles, sum(mentions) as mentions
from entity_days where entity_id = {_ENTITY} and day > ''
group by month order by month""",
        _ELON_MUSK,
    ),
    "coverage": Query(
        "Who writes about an entity",
        "The sites that mention an entity, how often, and since when",
        f"""
select t.site, t.articles, t.mentions,
       (select min(published_at) from entity_timeline f
        where f.entity_id = t.entity_id and f.site = t.site and f.published_at > '') as first
from entity_site_totals t where t.entity_id = {_ENTITY}
order by t.articles desc, t.site limit 50""",
        _ELON_MUSK,
    ),
    "first_to_publish": Query(
        "First to publish",
        "The earliest articles that mention an entity",
        f"""
select t.published_at, t.site, a.title
from entity_timeline t join articles a on a.id = t.article_id
where t.entity_id = {_ENTITY} and t.published_at > ''
order by t.published_at limit 10""",
        {"entity": "openai"},
    ),
    "mentioned_with": Query(
        "Mentioned with an entity",
        "Who and what stands most often in the same articles as an entity",
        f"""
select e.name, e.type, count(*) as articles
from entity_timeline t
join article_entities ae on ae.article_id = t.article_id and ae.entity_id <> t.entity_id
join entities e on e.id = ae.entity_id
where t.entity_id = {_ENTITY}
group by e.id order by articles desc, e.name limit 20""",
        _ELON_MUSK,
    ),
    "two_entities": Query(
        "Articles about two entities",
        "The articles that mention both, most about both first",
        f"""
select a.published_at, a.site, a.title, round(min(x.salience, y.salience), 2) as salience
from article_entities x
join article_entities y on y.article_id = x.article_id
join articles a on a.id = x.article_id
where x.entity_id = {_ENTITY}
  and y.entity_id = (select id from entities where slug = :other)
order by salience desc, a.published_at desc limit 20""",
        {"entity": "elon-musk", "other": "openai"},
    ),
    "names_used": Query(
        "Names used for an entity",
        "Under which names an entity is mentioned, how often, and from when to when",
        f"""
select m.surface as name, count(*) as mentions,
       min(date(a.published_at)) as first, max(date(a.published_at)) as last
from mentions m join articles a on a.id = m.article_id
where m.entity_id = {_ENTITY}
group by m.surface order by mentions desc, name limit 20""",
        {"entity": "x"},
    ),
    "authors": Query(
        "Authors",
        "Who has written most articles, and for which sites",
        """
select t.author, t.articles,
       (select group_concat(distinct a.site) from article_authors w
        join articles a on a.id = w.article_id where w.author = t.author) as sites
from (select author, articles from author_totals order by articles desc, author limit 20) t
order by t.articles desc, t.author""",
    ),
    "authors_on_an_entity": Query(
        "Who writes about an entity, by name",
        "The authors of the articles that mention an entity",
        f"""
select w.author, count(*) as articles, max(date(t.published_at)) as last
from entity_timeline t join article_authors w on w.article_id = t.article_id
where t.entity_id = {_ENTITY}
group by w.author order by articles desc, w.author limit 20""",
        _ELON_MUSK,
    ),
    "copies": Query(
        "Copies of the same text",
        "Articles that stand at several sites, the share in common, and how much later each came",
        """
select o.site as original_site, o.title, c.site as copy_site,
       round(c.duplicate_share, 2) as share,
       round((julianday(c.published_at) - julianday(o.published_at)) * 24, 1) as hours_later
from articles c join articles o on o.id = c.duplicate_of
order by o.published_at desc limit 50""",
    ),
    "copies_by_site": Query(
        "How much of a site is copied",
        "For each site, the share of its articles whose text stood elsewhere before",
        """
select site, count(*) as articles, sum(duplicate_of is not null) as copies,
       round(avg(duplicate_of is not null), 3) as share
from articles group by site order by share desc, articles desc limit 50""",
    ),
    "paywalls": Query(
        "Paywalls by site",
        "For each site, the share of its articles that carry a paywall notice",
        """
select site, count(*) as articles, sum(is_paywalled) as paywalled,
       round(avg(is_paywalled), 3) as share
from articles group by site order by share desc, articles desc limit 50""",
    ),
    "hours": Query(
        "Hours of publication",
        "At which hour (UTC) articles are published; bare dates, which read midnight, are left out",
        """
select strftime('%H', published_at) as hour, count(*) as articles
from articles where strftime('%s', published_at) % 86400 <> 0
group by hour order by hour""",
    ),
    "lengths": Query(
        "Lengths by site",
        "How long the articles of each site are: shortest, mean and longest, in words",
        """
select site, count(*) as articles, min(word_count) as shortest,
       round(avg(word_count)) as mean, max(word_count) as longest
from articles group by site order by mean desc limit 50""",
    ),
    "changed_without_notice": Query(
        "Changed without notice",
        "Articles whose title or text was changed with no new date of modification",
        """
select last_seen_at, seen_at, site, title_before, title_after, is_text_changed
from stealth_edits order by seen_at desc limit 50""",
    ),
    "search": Query(
        "Search with marked words",
        "Full-text search, best first, in a query of your own",
        """
select a.id, date(a.published_at) as day, a.site, a.title,
       replace(snippet(articles_fts, 2, '[', ']', '…', 12), char(8203), '') as snippet
from articles_fts join articles a on a.id = articles_fts.rowid
where articles_fts match search_words(:words)
order by bm25(articles_fts, 10.0, 4.0, 1.0) limit 10""",
        {"words": "outage"},
    ),
    "similar": Query(
        "Articles like one",
        "By the cosine of their vectors, among the articles that mention one of the same entities",
        """
select a.id, date(a.published_at) as day, a.site, a.title,
       round(similar(v.vector, own.vector), 2) as similarity
from vectors own
join (
    select distinct other.article_id as id from article_entities mine
    join article_entities other on other.entity_id = mine.entity_id
    where mine.article_id = cast(:article as integer)
) near
join vectors v on v.article_id = near.id and v.model_id = own.model_id
join articles a on a.id = near.id
where own.article_id = cast(:article as integer) and a.id <> own.article_id
order by similarity desc limit 10""",
        {"article": "27"},
    ),
    "receipts": Query(
        "Receipts of a summary",
        "Each sentence of an article's summaries beside the stretches of the text that support it",
        """
select m.kind, s.position + 1 as sentence, s.text, s.origin, round(s.support, 2) as support,
       substr(a.text, s.source_start + 1, s.source_end - s.source_start) as source,
       (
           select group_concat(substr(a.text, json_extract(o.value, '$[0]') + 1,
                  json_extract(o.value, '$[1]') - json_extract(o.value, '$[0]')), ' … ')
           from json_each(s.other_sources) o
       ) as other_sources
from summaries m
join summary_sentences s on s.summary_id = m.id
join articles a on a.id = m.article_id
where m.article_id = cast(:article as integer) and m.is_current
order by m.id, s.position""",
        {"article": "27"},
    ),
    "extractors": Query(
        "Which extractor is believed",
        "For each field, how often each extractor was taken of the times it said anything",
        """
select field, extractor, count(*) as said, sum(is_chosen) as taken
from field_votes group by field, extractor order by field, taken desc, extractor""",
        is_private=True,
    ),
    "not_taken": Query(
        "Not taken, and why",
        "How many addresses of each site gave no article, by reason",
        """
select site, state, reason, entries
from ledger_totals where state in ('skipped', 'failed')
order by entries desc, site limit 50""",
        is_private=True,
    ),
}
