"""Steps 20 and 21: what people decide about names, and why each name means what it does."""

from sqlite_utils import Database

from archive.migrations.registry import migrations, run

_TYPES = "'person', 'organization', 'product', 'place', 'work', 'other'"
#: What a tagger said of a mention, where a decision says otherwise; and which decision.
_OVERRULED = (
    "tagged_entity_id integer references entities(id) on delete set null",
    f"tagged_type text check (tagged_type in ({_TYPES}))",
    "decision_id integer references decisions(id)",
    "reason text check (reason is null or json_valid(reason))",
)


@migrations()
def m020_decisions_about_names(db: Database) -> None:
    run(
        db,
        f"""
        create table decisions (
            id integer primary key,
            kind text not null check (
                kind in ('merge', 'split', 'rename', 'alias', 'unalias', 'ignore')
            ),
            entity_id integer references entities(id),
            target_id integer references entities(id),
            name text,
            type text check (type in ({_TYPES})),
            surfaces text not null default '[]' check (json_valid(surfaces)),
            articles text not null default '[]' check (json_valid(articles)),
            valid_from text,
            valid_until text,
            made_at text not null,
            made_by text not null,
            note text,
            undone_at text,
            undone_by text,
            removed text not null default '[]' check (json_valid(removed))
        )
        """,
        "create index decisions_entity on decisions(entity_id)",
        "create index decisions_target on decisions(target_id)",
        "alter table entities add column merged_into integer references entities(id)",
        "alter table entities add column tagged_name text",
        f"alter table entities add column tagged_type text check (tagged_type in ({_TYPES}))",
        "create index entities_merged_into on entities(merged_into) where merged_into is not null",
        """
        create index entities_tagged_name on entities(tagged_name, tagged_type)
        where tagged_name is not null
        """,
        *(f"alter table mentions add column {column}" for column in _OVERRULED),
        "create index mentions_decision on mentions(decision_id) where decision_id is not null",
        """
        create index mentions_tagged_entity on mentions(tagged_entity_id)
        where tagged_entity_id is not null
        """,
    )


@migrations()
def m021_names_in_titles(db: Database) -> None:
    columns = ",\n            ".join(_OVERRULED)
    run(
        db,
        f"""
        create table title_mentions (
            id integer primary key,
            article_id integer not null references articles(id) on delete cascade,
            entity_id integer references entities(id) on delete cascade,
            start integer not null,
            "end" integer not null,
            surface text not null,
            type text not null check (type in ({_TYPES})),
            score real not null,
            model_id integer not null references models(id),
            {columns},
            check (start < "end")
        )
        """,
        "create index title_mentions_article on title_mentions(article_id, start)",
        "create index title_mentions_entity on title_mentions(entity_id, article_id)",
        "create index title_mentions_model on title_mentions(model_id)",
        """
        create index title_mentions_decision on title_mentions(decision_id)
        where decision_id is not null
        """,
        """
        create index title_mentions_tagged_entity on title_mentions(tagged_entity_id)
        where tagged_entity_id is not null
        """,
    )
