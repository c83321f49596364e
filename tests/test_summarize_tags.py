"""Tags: which entities an article is about, and where it mentions them."""

import dataclasses
from datetime import date

import pytest

import summarize
from archive import Entity, Mention
from archive.records import ENTITY_TYPES, Salience, Tagging
from summarize.tagging import Document, GazetteerTagger, tagging_of, text_offset, whole_text


@pytest.fixture(scope="module")
def tagger():
    return GazetteerTagger()


class Namer:
    """A tagger that finds the names it is given, so that weights can be told by hand."""

    name, revision, parameters, detector, spotter = "namer", "1", (), None, None
    languages = frozenset()

    def __init__(self, kind="other", description="known", **entities):
        self.kind, self.description, self.entities = kind, description, entities

    def find(self, document, spans=()):
        text = whole_text(document)
        starts = [(n, name) for name in self.entities for n in range(len(text))
                  if text.startswith(name, n)]  # fmt: skip
        return [
            Mention(n, n + len(name), name, self.kind, self.entities[name])
            for n, name in sorted(starts)
        ]

    def entity(self, name, entity_type):
        return Entity(name, entity_type, self.description)


def tag(tagger, text, title=None, published_on=date(2024, 3, 5)):
    document = Document(text, title, published_on)
    return tagging_of(document, tagger.find(document), tagger)


def saliences(tagging):
    return [(s.entity.name, s.mention_count, s.salience) for s in tagging.entities]


def test_tag_texts():
    first = "Elon Musk mocked Meta on X. Musk owns X."
    second = "She ate an apple and cut the threads."
    assert summarize.tag_texts([first, second, ""]) == [
        [
            Mention(0, 9, "Elon Musk", "person", "Elon Musk", 1.0),
            Mention(17, 21, "Meta", "organization", "Meta", 0.9),
            Mention(25, 26, "X", "product", "X", 0.8),
            Mention(28, 32, "Musk", "person", "Elon Musk", 0.95),
            Mention(38, 39, "X", "product", "X", 0.9),
        ],
        [],
        [],
    ]


def test_what_a_mention_offers():
    (mention,) = summarize.tag_texts(["Today Mark Zuckerberg spoke."])[0]
    assert (mention.start, mention.end, mention.surface) == (6, 21, "Mark Zuckerberg")
    assert (mention.type, mention.entity, mention.score) == ("person", "Mark Zuckerberg", 1.0)


def test_a_surname_after_a_sentence_that_ends_in_x(tagger):
    text = "Elon Musk bought the platform X. Musk then left, and K. Musk too."
    assert [(m.start, m.entity) for m in tag(tagger, text).mentions] == [
        (0, "Elon Musk"),
        (30, "X"),
        (33, "Elon Musk"),
    ]


def test_no_texts():
    assert summarize.tag_texts([]) == []


def test_offsets_are_into_the_text_and_the_title_has_no_mentions(tagger):
    text = "🐧 Zuckerberg said that WhatsApp was back."
    tagging = tag(tagger, text, "Mark Zuckerberg explains WhatsApp")
    assert [(m.surface, m.entity, m.start) for m in tagging.mentions] == [
        ("Zuckerberg", "Mark Zuckerberg", 2),
        ("WhatsApp", "WhatsApp", 23),
    ]
    assert [text[m.start : m.end] for m in tagging.mentions] == ["Zuckerberg", "WhatsApp"]


def test_a_surname_is_explained_by_the_title(tagger):
    text = "On Tuesday Altman was back in his office."
    assert [m.entity for m in tag(tagger, text, "Sam Altman returns").mentions] == ["Sam Altman"]


def test_a_name_in_the_title_alone_is_an_entity_without_mentions(tagger):
    tagging = tag(tagger, "Nothing was said that day.", "Mark Zuckerberg is silent")
    assert tagging == Tagging(
        (),
        (Salience(tagger.entity("Mark Zuckerberg", "person"), 0, 1.0),),
        ("Mark Zuckerberg",),
        (Mention(0, 15, "Mark Zuckerberg", "person", "Mark Zuckerberg"),),
    )


@pytest.mark.parametrize("title", [None, ""])
def test_without_a_title(tagger, title):
    document = Document("WhatsApp was down.", title)
    assert (whole_text(document), text_offset(document)) == ("WhatsApp was down.", 0)
    assert saliences(tag(tagger, "WhatsApp was down.", title)) == [("WhatsApp", 1, 1.0)]


@pytest.mark.parametrize("text", ["", "Nobody was there."])
def test_nothing_to_tag(tagger, text):
    assert tag(tagger, text, "") == Tagging((), (), ())


def test_salience_by_hand():
    # log(1 + mentions), and 1 + 1.5 in the title + 0.5 in the first fifth, over the highest.
    namer = Namer(A="Anna", B="Bert", C="Cleo", D="Dora")
    text = "B" + "." * 60 + "C C C" + "." * 30 + "A D"
    tagging = tag(namer, text, "A")
    assert saliences(tagging) == [
        ("Anna", 1, 1.0),  # 3 log 2, first named in the title
        ("Cleo", 3, 0.6667),  # log 4 = 2 log 2
        ("Bert", 1, 0.5),  # 1.5 log 2
        ("Dora", 1, 0.3333),  # log 2
    ]
    assert tagging.tags == ("Anna", "Cleo", "Bert", "Dora")


def test_a_place_counts_half():
    assert saliences(tag(Namer("place", A="Atlantis"), "A" * 3, "A")) == [("Atlantis", 3, 1.0)]
    both = [Mention(5, 6, "A", "place", "Atlantis"), Mention(7, 8, "B", "person", "Bert")]
    assert saliences(tagging_of(Document("..... A B"), both, Namer())) == [
        ("Bert", 1, 1.0),
        ("Atlantis", 1, 0.5),
    ]


@pytest.mark.parametrize(
    ("text", "title", "tags"),
    [
        ("A left.", None, ()),
        ("A left, and A came back.", None, ("Anna",)),
        ("A left.", "A is gone", ("Anna",)),
        ("They left.", "A is gone", ()),
    ],
)
def test_a_name_that_no_list_knows_is_a_tag_only_if_the_article_is_about_it(text, title, tags):
    tagging = tag(Namer(description=None, A="Anna"), text, title)
    assert (tagging.tags, [s.entity.name for s in tagging.entities]) == (tags, ["Anna"])


@pytest.mark.parametrize(
    ("text", "title", "tags"),
    [
        ("In A and in A.", None, ()),
        ("In A, in A and in A.", None, ("Atlantis",)),
        ("In the sea.", "A is gone", ("Atlantis",)),
    ],
)
def test_a_place_is_a_tag_only_if_the_article_is_about_it(text, title, tags):
    assert tag(Namer("place", A="Atlantis"), text, title).tags == tags


def test_a_new_entity_has_the_names_that_the_article_uses():
    found = [
        Mention(0, 4, "Kite", "organization", "Kite Labs"),
        Mention(5, 14, "Kite Labs", "organization", "Kite Labs"),
        Mention(15, 18, "Fox", "person", "Ann Fox"),
        Mention(19, 29, "Ann B. Fox", "person", "Ann Fox"),
    ]
    tagging = tagging_of(Document("x" * 40), found, Namer(description=None))
    assert [
        (s.entity.name, [(a.alias, a.origin) for a in s.entity.aliases]) for s in tagging.entities
    ] == [
        ("Kite Labs", [("Kite", "article")]),
        ("Ann Fox", [("Ann B. Fox", "article")]),
    ]


def test_of_equals_the_first_named_comes_first():
    namer = Namer(P="Zoe", Q="Adam")
    assert tag(namer, "." * 90 + "P Q").tags == ("Zoe", "Adam")


def test_what_is_hardly_mentioned_is_no_tag():
    namer = Namer(A="Anna", B="Bert")
    tagging = tag(namer, "A" * 5000 + "B", "A")
    assert saliences(tagging) == [("Anna", 5000, 1.0), ("Bert", 1, 0.0271)]
    assert tagging.tags == ("Anna",)


def test_there_are_at_most_fifteen_tags():
    names = "ABCDEFGHIJKLMNOPQRST"
    tagging = tag(Namer(**{name: f"entity {name}" for name in names}), names)
    assert tagging.tags == tuple(f"entity {name}" for name in names[:4]) + tuple(
        f"entity {name}" for name in names[4:15]
    )
    assert len(tagging.entities) == 20


def test_two_entities_of_one_name_are_one_tag():
    both = [Mention(0, 1, "A", "person", "Ada"), Mention(2, 3, "A", "product", "Ada")]
    tagging = tagging_of(Document("A A"), both, Namer())
    assert [(s.entity.type, s.mention_count) for s in tagging.entities] == [
        ("person", 1),
        ("product", 1),
    ]
    assert tagging.tags == ("Ada",)


def test_an_unresolved_mention_is_kept_but_no_entity():
    mention = Mention(0, 4, "Bert", "person", None, 0.3)
    assert tagging_of(Document("Bert left."), [mention], Namer()) == Tagging((mention,), (), ())


def test_names_are_understood_as_of_the_day(tagger):
    text = "Facebook Inc. said so."
    found = {
        day: [m.entity for m in tag(tagger, text, None, date.fromisoformat(day)).mentions]
        for day in ("2021-01-01", "2024-01-01")
    }
    assert found == {"2021-01-01": ["Meta"], "2024-01-01": ["Meta"]}


def test_entities_come_with_their_aliases_and_dates(tagger):
    entity = tagger.entity("X", "product")
    dates = {(a.alias, a.valid_from, a.valid_until) for a in entity.aliases}
    assert {("Twitter", None, "2023-07-23"), ("X", "2023-07-23", None)} <= dates
    assert tagger.entity("Nobody at All", "person") == Entity("Nobody at All", "person")


def test_all_types_are_legal(tagger):
    assert {entity.type for entity in tagger._gazetteer.entities} <= set(ENTITY_TYPES)


def test_records_are_frozen():
    (mention,) = summarize.tag_texts(["WhatsApp was down."])[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        mention.start = 5
