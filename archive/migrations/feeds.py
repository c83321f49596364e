"""Steps 10 and 11: feeds that are followed; when what failed is to be asked for again."""

from sqlite_utils import Database

from archive.migrations.registry import migrations, run


@migrations()
def m010_feeds_that_are_followed(db: Database) -> None:
    run(
        db,
        """
        alter table sources add column is_followed integer not null default 0
        check (is_followed in (0, 1))
        """,
        "alter table sources add column followed_at text",
        "alter table sources add column next_poll_at text",
        "alter table sources add column poll_interval_s integer",
        """
        alter table sources add column poll_hints text not null default '{}'
        check (json_valid(poll_hints))
        """,
        "alter table sources add column last_polled_at text",
        "alter table sources add column last_changed_at text",
        "alter table sources add column failures integer not null default 0",
        "alter table sources add column last_status integer",
        "alter table sources add column last_error text",
        "create index sources_next_poll on sources(next_poll_at) where is_followed",
    )


@migrations()
def m011_failures_in_a_row_and_the_next_try(db: Database) -> None:
    run(
        db,
        "alter table ledger add column failures integer not null default 0",
        "update ledger set failures = 1 where state = 'failed'",
        # Failures that pass, of before there was a next try: they are due.
        """
        update ledger set next_try_at = last_tried_at
        where state = 'failed' and url like 'http%' and next_try_at is null and (
            reason in ('timeout', 'connection', 'refused', 'dns', 'encoding', 'empty', 'robots',
                       'tls', 'http_408', 'http_425', 'http_429')
            or (reason like 'http_5__' and reason not in ('http_501', 'http_505'))
        )
        """,
        # The articles of a feed that are to be looked at again are its newest.
        "drop index ledger_source",
        "create index ledger_source on ledger(source_id, first_seen_at)",
        "drop view skipped",
        """
        create view skipped as
        select l.url, l.state, l.reason, l.error, l.http_status, l.tries, l.failures,
               l.last_tried_at, l.next_try_at,
               case when l.next_try_at <= strftime('%Y-%m-%dT%H:%M:%SZ', 'now') then 'due'
                    when l.next_try_at is not null then 'waiting'
                    when l.failures >= 8 then 'given up'
                    else 'no' end as retry,
               s.kind as source_kind, s.url as source_url
        from ledger l left join sources s on s.id = l.source_id
        where l.state in ('skipped', 'failed')
        """,
    )
