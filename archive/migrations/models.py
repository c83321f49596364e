"""Step 19: what several models have made of an article stands side by side, and one is shown."""

from sqlite_utils import Database

from archive.migrations.registry import migrations, run


@migrations()
def m019_models_stand_side_by_side(db: Database) -> None:
    run(
        db,
        "alter table models add column is_current integer not null default 0 "
        "check (is_current in (0, 1))",
        # What was shown so far is what the latest model of each task had made.
        """
        update models set is_current = 1 where id in (
            select max(m.id) from models m
            where exists (select 1 from enrichments e where e.model_id = m.id)
               or exists (select 1 from vectors v where v.model_id = m.id)
            group by m.task
        )
        """,
        "create unique index models_current on models(task) where is_current",
        # A kind was how a summary was made, which its model says; now it is its length.
        "update summaries set kind = 'paragraph' where kind = 'extractive'",
        """
        alter table summary_sentences add column origin text not null default 'quoted'
        check (origin in ('quoted', 'repaired', 'written', 'replacement'))
        """,
        # A written sentence may rest on several.
        """
        alter table summary_sentences add column other_sources text not null default '[]'
        check (json_valid(other_sources))
        """,
        "create index summaries_beside on summaries(model_id, article_id) where not is_current",
        # Beside the tags that are shown, which stand in mentions, article_entities and articles.
        """
        create table taggings (
            article_id integer not null references articles(id) on delete cascade,
            model_id integer not null references models(id),
            tagging text not null check (json_valid(tagging)),
            primary key (article_id, model_id)
        ) without rowid
        """,
        "create index taggings_model on taggings(model_id, article_id)",
    )
