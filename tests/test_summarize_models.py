"""Models after each other and beside each other, and a part of the articles, through the command."""

import json

import pytest
from archive_records import ARTICLE, save
from click.testing import CliRunner
from new_archive import new_archive

from archive import Archive, Mention, Summary, SummarySentence
from archive.records import Entity, Model, Salience, Tagging
from newsarchive import main
from summarize import defaults
from summarize.enrich import Enrichment

NUMBER_OF_ARTICLES = 5


class Stub:
    """Stands in for the models where the point is the archive: what it makes is the model's name."""

    articles_at_once = 2

    def __init__(self, name):
        self.name = name
        self.seen = []

    def model(self, task):
        return Model(task, self.name, "1")

    def enrich(self, items):
        self.seen += [(item.article_id, *sorted(item.tasks)) for item in items]
        return [self._one(item) for item in items]

    def _one(self, item):
        sentence = SummarySentence(self.name, 1.0, 0, 4)
        entity = Entity(self.name, "organization", "known")
        mention = Mention(0, 4, "Meta", "organization", self.name)
        return Enrichment(
            (Summary((sentence,), 1, 1),) if "summary" in item.tasks else (),
            Tagging((mention,), (Salience(entity, 1, 1.0),), (self.name,))
            if "tags" in item.tasks
            else None,
            self.name.encode() if "vector" in item.tasks else None,
            1,
        )


@pytest.fixture
def path(tmp_path):
    """An archive of five articles on two sites."""
    with Archive(new_archive(tmp_path / "a.db")) as archive:
        for number in range(1, NUMBER_OF_ARTICLES + 1):
            site = "odd.example" if number % 2 else "even.example"
            day = ARTICLE.published_at.replace(day=number)
            url = f"https://{site}/{number}"
            save(archive, ARTICLE.replace(url=url, site=site, published_at=day))
    return tmp_path / "a.db"


@pytest.fixture
def models(monkeypatch):
    """Two models, aa and bb; the command uses `models["in use"]`."""
    models = {name: Stub(name) for name in ("aa", "bb")}
    monkeypatch.setattr(defaults, "enricher_for", lambda _: models[models["in use"]])
    return models


def run(path, models, name, *arguments):
    """Run the command with a model; (article id, tasks) of what it was given to do, and stderr."""
    models["in use"] = name
    models[name].seen.clear()
    result = CliRunner().invoke(main, ["--db", str(path), "summarize", *arguments])
    assert (result.exit_code, result.exception) == (0, None), result.output
    return models[name].seen, result.stderr


def all_of(*tasks):
    return [(number, *tasks) for number in range(1, NUMBER_OF_ARTICLES + 1)]


EVERYTHING = all_of("summary", "tags", "vector")


def shown(path):
    """Of each article summary, tags, model of its mentions; then the model of the vectors in use."""
    with Archive(path, "read") as archive:
        articles = archive.db.execute(
            """
            select a.summary, a.tags, (select group_concat(name) from mentions m join models on
                models.id = m.model_id where m.article_id = a.id) from articles a order by a.id
            """
        ).fetchall()
        vectors = archive.db.execute(
            "select name from models where id = ?", [archive.models.current("vector")]
        ).fetchone()
        return articles, vectors and vectors[0]


def all_show(name):
    return [(name, json.dumps([name]), name)] * NUMBER_OF_ARTICLES, name


def status(path):
    lines = CliRunner().invoke(main, ["--db", str(path), "status"]).stdout.splitlines()
    return [line for line in lines if line.split(":")[0] in ("summary", "tags", "vector")]


def test_another_model_takes_the_place_of_the_first_and_back_nothing_is_made_again(path, models):
    assert run(path, models, "aa") == (EVERYTHING, "")
    assert shown(path) == all_show("aa")
    assert run(path, models, "bb") == (EVERYTHING, "")
    assert shown(path) == all_show("bb")
    again = "5 articles show again what these models had made before.\n"
    assert run(path, models, "aa") == ([], again)
    assert shown(path) == all_show("aa")
    assert run(path, models, "aa") == ([], "")


def test_beside_waits_until_it_is_asked_for(path, models):
    run(path, models, "aa")
    assert run(path, models, "bb", "--beside") == (EVERYTHING, "")
    assert shown(path) == all_show("aa")
    assert status(path) == [
        "summary: 5 by aa, 0 to do",
        "summary: 5 by bb, 0 to do, shown for 0 (newsarchive models use 4)",
        "tags: 5 by aa, 0 to do",
        "tags: 5 by bb, 0 to do, shown for 0 (newsarchive models use 5)",
        "vector: 5 by aa, 0 to do",
        "vector: 5 by bb, 0 to do, shown for 0 (newsarchive models use 6)",
    ]
    assert run(path, models, "bb", "--beside") == ([], "")
    assert run(path, models, "bb")[0] == []
    assert shown(path) == all_show("bb")


def test_one_kind_alone_goes_back(path, models):
    run(path, models, "aa")
    run(path, models, "bb")
    assert run(path, models, "aa", "--only", "tags")[0] == []
    articles, vectors = shown(path)
    assert (set(articles), vectors) == ({("bb", '["aa"]', "aa")}, "bb")


@pytest.mark.parametrize(
    ("arguments", "todo"),
    [
        (["--only", "summary"], all_of("summary")),
        (["--only", "vectors", "--only", "tags"], all_of("tags", "vector")),
        (["--limit", "2"], EVERYTHING[:2]),
        (["--site", "even.example"], [EVERYTHING[1], EVERYTHING[3]]),
        (["--since", "2024-03-04"], EVERYTHING[3:]),
        (["--since", "2024-03-04", "--site", "odd.example"], EVERYTHING[4:]),
    ],
)
def test_a_part_alone(path, models, arguments, todo):
    assert run(path, models, "aa", *arguments) == (todo, "")
    assert run(path, models, "aa", *arguments)[0] == [] or "--limit" in arguments
    with Archive(path, "read") as archive:
        ((stored, complete),) = archive.db.execute(
            "select arguments, is_complete from runs where id = 1"
        )
    assert (json.loads(stored)[2:], complete) == (arguments, 1)


def test_the_next_run_goes_on_behind_the_limit(path, models):
    run(path, models, "aa", "--limit", "2")
    assert run(path, models, "aa", "--limit", "2")[0] == EVERYTHING[2:4]
    assert run(path, models, "aa")[0] == EVERYTHING[4:]


def test_vectors_are_used_when_every_article_has_them(path, models):
    run(path, models, "aa")
    run(path, models, "bb", "--limit", "4")
    articles, vectors = shown(path)
    assert ([summary for summary, *_ in articles], vectors) == (["bb"] * 4 + ["aa"], "aa")
    run(path, models, "bb")
    assert shown(path) == all_show("bb")


# The command `models`


def models_command(path, *arguments, code=0):
    result = CliRunner().invoke(main, ["--db", str(path), "models", *arguments])
    assert result.exit_code == code, result.output
    return result.stdout or result.stderr


def test_models_are_listed(path, models):
    assert models_command(path, "list").startswith("none yet.")
    run(path, models, "aa")
    run(path, models, "bb", "--limit", "2", "--beside")
    assert models_command(path, "list").splitlines() == [
        "1  summary: aa (1), 5 articles, shown for 5, current",
        "4  summary: bb (1), 2 articles, shown for 0",
        "2  tags: aa (1), 5 articles, shown for 5, current",
        "5  tags: bb (1), 2 articles, shown for 0",
        "3  vector: aa (1), 5 articles, shown for 5, current",
        "6  vector: bb (1), 2 articles, shown for 0",
    ]
    assert json.loads(models_command(path, "list", "--json"))[1] == {
        "id": 4, "task": "summary", "name": "bb", "revision": "1", "is_current": 0,
        "articles": 2, "up_to_date": 2, "shown": 0,
    }  # fmt: skip


def test_a_model_is_used_by_its_number_without_being_there(path, models):
    run(path, models, "aa")
    run(path, models, "bb", "--beside")
    assert models_command(path, "use", "4") == "summary: 5 articles changed to bb\n"
    assert models_command(path, "use", "5") == "tags: 5 articles changed to bb\n"
    assert models_command(path, "use", "6") == "vector: 0 articles changed to bb\n"
    assert shown(path) == all_show("bb")
    assert models_command(path, "use", "1") == "summary: 5 articles changed to aa\n"


def test_a_model_that_has_done_a_part_is_used_for_that_part(path, models):
    run(path, models, "aa")
    run(path, models, "bb", "--limit", "2", "--beside")
    assert models_command(path, "use", "4") == (
        "summary: 2 articles changed to bb; what it has not done (3 articles) shows what it showed\n"
    )
    assert models_command(path, "use", "6", code=1) == (
        "Error: model 6 (bb): 3 articles have no vector of it, and those of two models cannot be "
        "compared. Make them with: newsarchive summarize --only vectors\n"
    )


def test_what_no_article_shows_can_be_forgotten(path, models):
    run(path, models, "aa")
    run(path, models, "bb")
    assert models_command(path, "forget", "4", code=1) == (
        "Error: model 4 (bb): 5 articles show what it has made. "
        "Show that of another model first: newsarchive models use NUMBER\n"
    )
    for number in ("1", "2", "3"):
        assert models_command(path, "forget", number) == (
            "forgotten: what aa had made of 5 articles\n"
        )
    assert shown(path) == all_show("bb")
    with Archive(path, "read") as archive:
        counts = [
            archive.db[table].count for table in ("models", "summaries", "taggings", "vectors")
        ]
        assert counts == [3, 5, 0, 5]
    assert run(path, models, "aa") == (EVERYTHING, "")


def test_a_number_that_is_no_model(path):
    for command in ("use", "forget"):
        assert models_command(path, command, "7", code=1) == (
            "Error: model 7: there is no model with this number that has made anything. "
            "See: newsarchive models list\n"
        )
