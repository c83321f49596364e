"""What people decide about names holds for the whole archive, for articles to come, and until it is undone."""

import shutil
from datetime import date

import pytest
from archive_records import TAGGER
from hypothesis import example, given, settings
from hypothesis import strategies as st
from naming import APPLE, ARTICLES, fill, meanings, state, tag
from test_archive_counts import assert_counted

from archive import Archive, deciding, decisions
from archive.article_names import NoSuchArticle
from archive.deciding import Who
from archive.decisions import DecisionError
from archive.decisions_csv import as_csv, read_csv
from archive.doctor import examine
from archive.entity_names import NoSuchEntity
from archive.records import EVERYTHING, Model, Tagging

WHO = Who("ana")


@pytest.fixture
def named(archive):
    """The articles of `naming`, tagged."""
    return fill(archive)


def tags(archive, number):
    return archive.articles.find(str(number))["tags"]


# Each kind of decision


def test_merged_is_another_in_every_article_title_and_tag(named):
    effect = deciding.merge(named, "facebook", "Meta", WHO)
    assert (effect.articles, effect.mentions) == (1, 1)
    assert meanings(named, 2) == [
        ("Meta", "Meta"), ("Facebook", "Meta"), ("Apple", "Apple"),
    ]  # fmt: skip
    assert tags(named, 2) == ["Meta", "Apple"]
    assert_counted(named)
    merged = named.db.execute("select merged_into from entities where slug = 'facebook'").fetchone()
    assert merged == named.db.execute("select id from entities where slug = 'meta'").fetchone()


def test_merged_twice_is_the_last_and_named_by_either(named):
    deciding.merge(named, "Lumora", "facebook", WHO)
    deciding.merge(named, "facebook", "Meta", WHO)
    assert ("Lumora", "Meta") in meanings(named, 4)
    deciding.rename(named, "lumora", "Metaverse Inc", None, WHO)
    assert ("Lumora", "Metaverse Inc") in meanings(named, 4)


def test_split_by_article(named):
    deciding.split(named, "Apple", "Apple Records", None, (), ("3",), WHO)
    assert meanings(named, 3) == [("Apple", "Apple Records")] * 2
    assert meanings(named, 4)[0] == ("Apple", "Apple")
    assert tags(named, 3) == ["Apple Records"]


def test_split_by_surface_and_article_needs_both(named):
    deciding.split(named, "Meta", "Facebook of then", None, ("facebook",), ("1", "2"), WHO)
    assert [name for _, name in meanings(named, 1)] == [
        "Facebook of then", "Mark Zuckerberg", "Facebook of then",
    ]  # fmt: skip
    assert meanings(named, 1, "title_mentions") == [("Facebook", "Facebook of then")]
    assert meanings(named, 2)[:2] == [("Meta", "Meta"), ("Facebook", "Facebook")]


def test_renamed_in_tags_and_still_found_by_the_tagger(named):
    deciding.rename(named, "Meta", "Meta Platforms", None, WHO)
    assert tags(named, 2) == ["Meta Platforms", "Facebook", "Apple"]
    before = state(named)
    for number in range(1, 5):
        tag(named, number)
    assert state(named) == before
    assert named.db.execute("select slug from entities where name like 'Meta%'").fetchall() == [
        ("meta",)
    ]


def test_another_type(named):
    deciding.rename(named, "Lumora", None, "product", WHO)
    row = named.db.execute("select type from mentions where surface = 'Lumora'").fetchone()
    assert row == ("product",)
    deciding.undo(named, None, "ben")
    row = named.db.execute("select type from mentions where surface = 'Lumora'").fetchone()
    assert row == ("organization",)


def test_an_alias_is_found_where_no_tagger_saw_a_name(named):
    effect = deciding.add_alias(named, "Mark Zuckerberg", "Zuck", None, None, WHO)
    assert (effect.articles, effect.mentions) == (1, 1)
    assert meanings(named, 2)[2] == ("Zuck", "Mark Zuckerberg")
    row = named.db.execute(
        "select start, \"end\", type, reason from mentions where surface = 'Zuck'"
    ).fetchone()
    start = ARTICLES[1].text.index("Zuck")
    assert row == (start, start + 4, "person", '["decision"]')


def test_an_alias_holds_between_its_days(named):
    days = (date(2022, 1, 1), date(2024, 1, 1))
    deciding.add_alias(named, "Lumora", "Apple", *days, WHO)
    found = [dict(meanings(named, n)).get("Apple") for n in range(1, 5)]
    assert found == [None, "Lumora", "Lumora", "Apple"]
    alias = "select alias, valid_from, valid_until from aliases where origin = 'decision'"
    assert named.db.execute(alias).fetchall() == [("Apple", "2022-01-01", "2024-01-01")]


def test_an_alias_taken_away_is_not_the_entity_and_does_not_come_back(named):
    deciding.remove_alias(named, "Meta", "Facebook", None, None, WHO)
    tag(named, 1)
    assert meanings(named, 1) == [
        ("Facebook", None), ("Mark Zuckerberg", "Mark Zuckerberg"), ("Facebook", None),
    ]  # fmt: skip
    names = (
        "select alias from aliases where entity_id = (select id from entities where slug = 'meta')"
    )
    assert named.db.execute(names).fetchall() == [("Meta",)]


def test_an_alias_taken_away_for_some_days_keeps_the_others(named):
    days = (date(2020, 1, 1), date(2021, 1, 1))
    deciding.remove_alias(named, "Meta", "Facebook", *days, WHO)
    assert meanings(named, 1)[0] == ("Facebook", "Meta")
    held = "select valid_from, valid_until from aliases where alias = 'Facebook' and entity_id = 1"
    assert sorted(named.db.execute(held).fetchall(), key=str) == [
        ("2021-01-01", "2021-10-28"), (None, "2020-01-01"),
    ]  # fmt: skip


def test_ignored_anywhere(named):
    effect = deciding.ignore(named, "Recall", None, WHO)
    assert effect.mentions == 1
    row = named.db.execute(
        "select entity_id, decision_id from mentions where surface = 'Recall'"
    ).fetchone()
    assert row == (None, 1)


def test_ignored_where_it_would_mean_one_entity(named):
    deciding.ignore(named, "Facebook", "facebook", WHO)
    assert dict(meanings(named, 2))["Facebook"] is None
    assert dict(meanings(named, 1))["Facebook"] == "Meta"


def test_an_entity_that_is_none(named):
    deciding.ignore(named, None, "Apple", WHO)
    assert {dict(meanings(named, n)).get("Apple") for n in (2, 3, 4)} == {None}
    assert tags(named, 3) == []


# What comes after


def test_an_article_that_is_tagged_later_or_again_obeys(named, tmp_path):
    deciding.merge(named, "facebook", "Meta", WHO)
    deciding.add_alias(named, "Mark Zuckerberg", "Zuck", None, None, WHO)
    before = state(named)
    for number in (4, 2, 1, 3):
        tag(named, number)
    assert state(named) == before


def test_what_was_undone_is_as_if_it_had_never_been(named):
    before = state(named)
    deciding.merge(named, "facebook", "Meta", WHO)
    deciding.rename(named, "Meta", "Meta Platforms", None, WHO)
    deciding.remove_alias(named, "Meta Platforms", "Facebook", None, None, WHO)
    deciding.add_alias(named, "Apple", "lamps", None, None, WHO)
    for number in (2, 1, 4, 3):
        deciding.undo(named, number, "ben")
    assert state(named) == before
    rows = named.db.execute("select id, made_by, undone_by from decisions order by id").fetchall()
    assert rows == [(n, "ana", "ben") for n in range(1, 5)]


def test_titles_of_an_archive_that_was_tagged_before_they_were_kept(named):
    before = state(named)
    named.db.execute("delete from title_mentions")
    named.db.execute("update mentions set reason = null")
    deciding.merge(named, "facebook", "Meta", WHO)
    deciding.undo(named, None, "ben")
    assert state(named)["weights"] == before["weights"]


def test_another_tagger_and_back_again(named):
    """What a tagger said is kept beside another's without what people decided, which holds for both."""
    deciding.merge(named, "facebook", "Meta", WHO)
    deciding.add_alias(named, "Mark Zuckerberg", "Zuck", None, None, WHO)
    deciding.rename(named, "Apple", "Apple Computer", None, WHO)
    before = state(named)
    other = named.enrichments.model_id(Model("tags", "other", "1"))
    with named.transaction():
        for number in range(1, 5):
            item = next(
                w for w in named.enrichments.work({"tags": other}) if w.article_id == number
            )
            named.enrichments.save_tagging(item, Tagging((), (), ()), other)
    assert meanings(named, 1) == []
    assert meanings(named, 2) == [("Zuck", "Mark Zuckerberg")]
    first = named.enrichments.model_id(TAGGER)
    with named.transaction():
        for number, tagging in named.enrichments.kept_taggings(first, EVERYTHING, 10):
            named.enrichments.show_tagging(number, tagging, first)
    assert state(named) == before
    deciding.undo(named, 1, "ben")
    assert ("Facebook", "Facebook") in meanings(named, 2)


# Of many articles


def decide_all(archive):
    """Decisions that are about every article of `naming`, one upon the other."""
    deciding.merge(archive, "facebook", "Meta", WHO)
    deciding.rename(archive, "Meta", "Meta Platforms", None, WHO)
    deciding.add_alias(archive, "Mark Zuckerberg", "Zuck", None, None, WHO)
    return state(archive)


def test_others_write_while_it_is_applied(named, tmp_path, monkeypatch):
    with Archive(tmp_path / "whole.db") as whole:
        expected = decide_all(fill(whole))
    monkeypatch.setattr(decisions, "BLOCK", 1)
    pauses = []

    def write(_seconds):
        with Archive(named.path) as other:
            other.db.execute("pragma busy_timeout = 0")
            other.ledger.ask(f"https://other.example/{len(pauses)}", None)
        pauses.append(1)

    monkeypatch.setattr(deciding.time, "sleep", write)
    assert decide_all(named) == expected
    assert len(pauses) == named.ledger.counts()["pending"] >= 1


@pytest.mark.parametrize("finish", ["the next decision", "summarize", "doctor"])
def test_stopped_half_way_it_is_finished_later(named, tmp_path, monkeypatch, finish):
    with Archive(tmp_path / "whole.db") as whole:
        expected = decide_all(fill(whole))
        deciding.ignore(whole, "Recall", None, WHO)
        expected = state(whole)
    monkeypatch.setattr(decisions, "BLOCK", 1)
    with monkeypatch.context() as patched:
        patched.setattr(deciding.time, "sleep", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            decide_all(named)
    assert not named.decisions.is_settled()
    made = len(named.decisions.all())
    if finish == "summarize":
        deciding.settle(named)
    elif finish == "doctor":
        assert examine(named.path, is_repairing=True).is_sound
    assert named.decisions.is_settled() == (finish != "the next decision")
    for decide, *arguments in (
        (deciding.rename, "Meta", "Meta Platforms", None),
        (deciding.add_alias, "Mark Zuckerberg", "Zuck", None, None),
        (deciding.ignore, "Recall", None),
    )[made - 1 :]:
        decide(named, *arguments, WHO)
    assert state(named) == expected


# What cannot be decided


def refused(decide, *arguments):
    with pytest.raises((DecisionError, NoSuchArticle, NoSuchEntity)) as caught:
        decide(*arguments)
    return str(caught.value)


def test_refusals_change_nothing(named):
    deciding.merge(named, "facebook", "Meta", WHO)
    before = state(named)
    assert refused(deciding.merge, named, "Zukerberg", "Meta", WHO) == (
        "Zukerberg: no entity of this archive has that name. Near to it: Mark Zuckerberg."
    )
    assert refused(deciding.merge, named, "Meta", "facebook", WHO) == (
        "Meta: it is Meta (organization) already."
    )
    assert refused(deciding.split, named, "Apple", "B", None, (), (), WHO) == (
        "Apple: all of it would be split off. Name some --surface or --article."
    )
    assert refused(deciding.split, named, "Apple", "B", None, (), ("99",), WHO) == (
        "99: there is no such article. Find its number with: newsarchive search WORDS"
    )
    assert refused(deciding.rename, named, "Lumora", "Apple", None, WHO) == (
        "Apple (organization): there is another entity of that name and type. "
        'If they are one, say: newsarchive entities merge "Lumora" "Apple"'
    )
    assert refused(deciding.add_alias, named, "Apple", "?!", None, None, WHO) == (
        "'?!': it has no letter and no digit. Name it as texts do."
    )
    assert refused(deciding.undo, named, 7, "ben") == (
        "decision 7: there is none of that number. See them all with: newsarchive entities log"
    )
    assert state(named) == before
    assert len(named.decisions.all(undone_too=True)) == 1


def test_the_same_twice(named):
    deciding.ignore(named, "Recall", None, WHO)
    assert refused(deciding.ignore, named, "Recall", None, WHO).startswith("decision 1: ana has")


def test_two_of_one_name_are_told_by_slug_or_type(named):
    named.enrichments.entity_id(APPLE)
    fruit = named.db.execute(
        "insert into entities (name, type, slug) values ('Apple', 'work', 'apple-work') returning id"
    ).fetchone()
    assert "apple (organization), apple-work (work)" in refused(
        deciding.merge, named, "Apple", "Meta", WHO
    )
    effect = deciding.merge(named, "Apple:work", "Meta", WHO)
    assert effect.decision.entity_id == fruit[0]


# Everything at once

NAME = st.sampled_from(["Meta", "Facebook", "Apple", "Lumora", "Mark Zuckerberg", "Zuck", "label"])
ENTITY = st.sampled_from(
    ["Meta:organization", "Facebook:product", "Apple", "Lumora", "Mark Zuckerberg"]
)
DAY = st.sampled_from([None, date(2020, 1, 1), date(2021, 10, 28), date(2023, 1, 1)])
STEP = st.one_of(
    st.tuples(st.just(deciding.merge), ENTITY, ENTITY),
    st.tuples(
        st.just(deciding.split),
        *(ENTITY, st.sampled_from(["Lumora", "Apple Records"]), st.just(None)),
        st.lists(NAME, max_size=1).map(tuple),
        st.lists(st.sampled_from("1234"), max_size=2).map(tuple),
    ),
    st.tuples(st.just(deciding.rename), ENTITY, st.sampled_from(["Apple Inc", "M"]), st.just(None)),
    st.tuples(st.just(deciding.add_alias), ENTITY, NAME, DAY, DAY),
    st.tuples(st.just(deciding.remove_alias), ENTITY, NAME, DAY, DAY),
    st.tuples(st.just(deciding.ignore), NAME, st.one_of(st.none(), ENTITY)),
    st.tuples(st.just("undo"), st.integers(1, 5)),
    st.tuples(st.just("tag"), st.integers(1, 4)),
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A folder with an archive whose articles are tagged, and one where they are not."""
    folder = tmp_path_factory.mktemp("decisions")
    for name, is_tagged in (("tagged", True), ("bare", False)):
        with Archive(folder / f"{name}.db") as archive:
            fill(archive, is_tagged)
            archive.compact()
    return folder


@settings(max_examples=30, deadline=None)
@example(steps=[(deciding.remove_alias, "Facebook:product", "Facebook", None, date(2020, 1, 1))])
@example(steps=[(deciding.add_alias, "Meta:organization", "Facebook", None, date(2021, 10, 28))])
@given(steps=st.lists(STEP, min_size=1, max_size=8))
def test_what_holds_follows_from_the_decisions_that_stand_alone(filled, steps):
    for name, source in (("a", "tagged"), ("b", "bare")):
        for end in ("-wal", "-shm"):
            (filled / f"{name}.db{end}").unlink(missing_ok=True)
        shutil.copy(filled / f"{source}.db", filled / f"{name}.db")
    with Archive(filled / "a.db") as one, Archive(filled / "b.db") as other:
        for step, *arguments in steps:
            try:
                if step == "undo":
                    deciding.undo(one, *arguments, "ben")
                elif step == "tag":
                    tag(one, *arguments)
                else:
                    step(one, *arguments, WHO)
            except (DecisionError, NoSuchEntity):
                pass
        assert_counted(one)
        kept = as_csv(one)
        # An archive that knows no name yet gets the decisions first, then the names.
        read_csv(other, kept, "decisions.csv", WHO)
        # Twice: the first article does not know yet how the second describes an entity.
        for number in (1, 2, 3, 4, 1, 2, 3, 4):
            tag(other, number)
        assert state(other) == state(one)
        assert as_csv(other) == kept
        assert read_csv(one, kept, "decisions.csv", WHO)[0] == 0
