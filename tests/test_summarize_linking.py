"""Which names of an article are one entity: merging, agreement, people, short names, the archive's."""

from datetime import date

import pytest
from new_archive import new_archive

from archive import Archive, Mention
from archive.records import Alias, Entity, Model, Salience, Tagging, WorkItem
from summarize.detector import Span
from summarize.gazetteer import Gazetteer
from summarize.linking import link
from summarize.people import is_same, parts
from summarize.settling import settle
from summarize.vectors import pack

DAY = date(2024, 6, 1)


@pytest.fixture(scope="module")
def gazetteer():
    return Gazetteer.load()


@pytest.fixture
def linked(gazetteer):
    """Link a text in which names are marked as the model would see them: [name|type], or [name|type|score]."""

    def read(marked, day=DAY):
        text, spans = "", []
        for piece in marked.split("["):
            if "]" not in piece:
                text += piece
                continue
            inner, rest = piece.split("]", 1)
            surface, kind, score = (*inner.split("|"), 0.95)[:3]
            spans.append(Span(len(text), len(text) + len(surface), kind, float(score)))
            text += surface + rest
        mentions = link(text, day, spans, gazetteer)
        assert all(text[m.start : m.end] == m.surface for m in mentions)
        return [(m.surface, m.entity, m.type) for m in mentions]

    return read


def test_without_the_model_it_is_the_gazetteer(gazetteer):
    text = "Elon Musk mocked Meta on X."
    assert link(text, DAY, [], gazetteer) == gazetteer.find(text, DAY)


def test_a_surname_means_the_full_name_of_the_article(linked):
    assert linked(
        "[Maria Delgado|person] won. [Delgado|person]'s joy was great, said [Ms. Delgado|person]. [Maria|person] wept."
    ) == [
        ("Maria Delgado", "Maria Delgado", "person"),
        ("Delgado", "Maria Delgado", "person"),
        ("Ms. Delgado", "Maria Delgado", "person"),
        ("Maria", "Maria Delgado", "person"),
    ]


def test_a_surname_of_several_words_means_the_full_name(linked):
    assert linked(
        "[James Van Der Beek|person] left. [Van Der Beek|person] was tired, [Van Der Beek|person]'s wife too. "
        "[De Niro|person] came."
    ) == [
        ("James Van Der Beek", "James Van Der Beek", "person"),
        ("Van Der Beek", "James Van Der Beek", "person"),
        ("Van Der Beek", "James Van Der Beek", "person"),
        ("De Niro", "De Niro", "person"),
    ]


def test_a_surname_alone_means_nobody(linked):
    assert linked("They asked [Delgado|person], and [Delgado|person] knew.") == [
        ("Delgado", None, "person"),
        ("Delgado", None, "person"),
    ]


def test_people_who_share_a_surname_are_not_merged(linked):
    assert linked(
        "[Ana Lind|person] left. [Lind|person] was tired. [Per Lind|person] stayed. [Lind|person] slept. [A. Lind|person] too."
    ) == [
        ("Ana Lind", "Ana Lind", "person"),
        ("Lind", "Ana Lind", "person"),
        ("Per Lind", "Per Lind", "person"),
        ("Lind", "Per Lind", "person"),
        ("A. Lind", "Ana Lind", "person"),
    ]


def test_a_relative_of_a_known_person_is_someone_else(linked):
    assert linked("Elon Musk came with [Kimbal Musk|person]. [Kimbal Musk|person] spoke.") == [
        ("Elon Musk", "Elon Musk", "person"),
        ("Kimbal Musk", "Kimbal Musk", "person"),
        ("Kimbal Musk", "Kimbal Musk", "person"),
    ]


def test_middle_names_and_accents(linked):
    assert linked("[José A. Peñaloza|person] spoke. [Jose Penaloza|person] paused.") == [
        ("José A. Peñaloza", "José A. Peñaloza", "person"),
        ("Jose Penaloza", "José A. Peñaloza", "person"),
    ]


def test_an_acronym_that_is_spelled_out(linked):
    assert linked(
        "The [Baltic Data Centre Association|organization] ([BDCA|organization]) met. [BDCA|organization] won."
    ) == [
        ("Baltic Data Centre Association", "Baltic Data Centre Association", "organization"),
        ("BDCA", "Baltic Data Centre Association", "organization"),
        ("BDCA", "Baltic Data Centre Association", "organization"),
    ]


def test_the_first_word_of_a_company(linked):
    assert linked("[Kestrel Robotics|organization] grew. [Kestrel|organization] hired.") == [
        ("Kestrel Robotics", "Kestrel Robotics", "organization"),
        ("Kestrel", "Kestrel Robotics", "organization"),
    ]


def test_a_body_after_its_full_name(linked):
    text = (
        "The [Lake Commission|organization] met. Then the Commission voted. A commission is a fee."
    )
    assert linked(text) == [
        ("Lake Commission", "Lake Commission", "organization"),
        ("Commission", "Lake Commission", "organization"),
    ]
    both = (
        "The [Lake Commission|organization] and the [Sea Commission|organization]: the Commission."
    )
    assert [entity for _, entity, _ in linked(both)] == ["Lake Commission", "Sea Commission"]


def test_a_name_that_the_model_overlooks_elsewhere(linked):
    assert linked(
        "[Lumora|organization] grew. Is Lumora good? And Delgado, of [Ana Delgado|person]?"
    ) == [
        ("Lumora", "Lumora", "organization"),
        ("Lumora", "Lumora", "organization"),
        ("Delgado", "Ana Delgado", "person"),
        ("Ana Delgado", "Ana Delgado", "person"),
    ]


def test_a_surname_that_the_model_takes_for_a_place(linked):
    assert linked(
        "[Kerry Jordan|person] spoke in [Jordan|place]. [Jordan|place] is an actress."
    ) == [
        ("Kerry Jordan", "Kerry Jordan", "person"),
        ("Jordan", "Jordan", "place"),
        ("Jordan", "Kerry Jordan", "person"),
    ]


def test_a_word_that_is_also_written_small_is_no_repetition(linked):
    assert linked("[Beacon|product] is out. A beacon burned. Beacon lights shone.") == [
        ("Beacon", "Beacon", "product")
    ]


@pytest.mark.parametrize(
    "marked",
    [
        "See [tesla|organization].com for more.",
        "See [Kite.|organization]io for more.",
        "They [slack|product|0.8] off.",
        "iPhone [5|product|0.3] million times",
    ],
)
def test_what_only_looks_like_a_name(linked, marked):
    assert [entity for _, entity, _ in linked(marked) if entity != "iPhone"] in ([], [None])


def test_a_number_of_pieces_is_no_version(linked):
    assert linked("Apple sold [iPhone 5|product] million times.")[1:] == [
        ("iPhone", "iPhone", "product")
    ]


def test_what_a_rule_forbids_stays_forbidden(linked):
    assert linked(
        "The [X|product]-ray showed [Python|product] bites, the zoo said of the snake."
    ) == [
        ("X", None, "product"),
        ("Python", None, "product"),
    ]


def test_spellings_of_one_name_are_one_entity(linked):
    assert linked(
        "[NorthStar|product] is out. [North Star|product] costs $5. Get [NORTHSTAR|product]."
    ) == [
        ("NorthStar", "NorthStar", "product"),
        ("North Star", "NorthStar", "product"),
        ("NORTHSTAR", "NorthStar", "product"),
    ]


def test_a_dateline_is_in_capitals_and_its_place_is_not(linked):
    assert linked(
        "[OLDTOWN|organization] (Quay Post) — A ferry ran late. [ZEPPO|organization] owns it."
    ) == [
        ("OLDTOWN", "Oldtown", "organization"),
        ("ZEPPO", "ZEPPO", "organization"),
    ]
    assert linked("The ferry left [NEWPORT QUAY|place] late, for [LNZ|place].") == [
        ("NEWPORT QUAY", "Newport Quay", "place"),
        ("LNZ", "LNZ", "place"),
    ]


def test_a_spelling_that_the_gazetteer_does_not_have(linked):
    assert linked("Users of [Chat GPT|product] complained.") == [("Chat GPT", "ChatGPT", "product")]


def test_the_model_is_evidence_for_a_sense(linked):
    assert linked("They met at [Oracle|organization] on Monday.") == [
        ("Oracle", "Oracle", "organization")
    ]
    assert linked("They met the [Oracle|organization|0.5] on Monday.") == [
        ("Oracle", None, "organization")
    ]


def test_a_place_is_no_company(linked):
    assert linked("Boats go down the [Amazon|place] to the sea.") == [("Amazon", "Amazon", "place")]


def test_a_longer_name_is_another_thing(linked):
    assert linked("[Apple Valley Hospital|organization] closed.") == [
        ("Apple Valley Hospital", "Apple Valley Hospital", "organization")
    ]


def test_a_version_is_the_same_thing(linked):
    assert linked("The [Galaxy Ring 2|product] is here.") == [
        ("Galaxy Ring 2", "Galaxy Ring", "product")
    ]


def test_one_name_has_one_type_in_an_article(linked):
    assert (
        linked(
            "[Lumora|organization] grew. [Lumora|organization] hired. They like [Lumora|product|0.6]."
        )
        == [("Lumora", "Lumora", "organization")] * 3
    )


def test_what_the_model_doubts_is_no_entity(linked):
    assert linked("He saw [Foo Bar|work|0.4].") == [("Foo Bar", None, "work")]


@pytest.mark.parametrize("surface", ["@someone", "#hashtag", "42", "a", "iphone case"])
def test_what_is_no_name_is_no_new_entity(linked, surface):
    assert linked(f"See [{surface}|product].") == [(surface, None, "product")]


def test_names_are_understood_as_of_the_day(linked):
    assert linked("[Facebook|organization] said so.", date(2019, 5, 1)) == [
        ("Facebook", "Meta", "organization")
    ]


@pytest.mark.parametrize(
    ("surface", "words"),
    [
        ("Mr. Tim Cook’s", ("tim", "cook")),
        ("J.K. Rowling", ("j", "k", "rowling")),
        ("Martin Luther King Jr.", ("martin", "luther", "king")),
        ("Judge Amit P. Mehta", ("amit", "p", "mehta")),
        ("", ()),
    ],
)
def test_parts_of_a_name(surface, words):
    assert parts(surface) == words


@pytest.mark.parametrize(
    ("short", "full", "same"),
    [
        ("musk", "elon musk", True),
        ("elon", "elon musk", True),
        ("e musk", "elon musk", True),
        ("k musk", "elon musk", False),
        ("kimbal musk", "elon musk", False),
        ("elon r musk", "elon musk", True),
        ("van rossum", "guido van rossum", True),
        ("rossum", "guido van rossum", True),
        ("rossi", "guido van rossum", False),
    ],
)
def test_who_a_name_can_stand_for(short, full, same):
    assert is_same(tuple(short.split()), tuple(full.split())) is same


# Initials, "according to", and senses that the words around speak against


def entities_of(text, spans, gazetteer):
    found = link(text, DAY, [span_of(text, *span) for span in spans], gazetteer)
    return [(m.surface, m.entity) for m in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ana Lind left. A. Lind's deputy stays.", [("Ana Lind", "Ana Lind"), ("A. Lind", "Ana Lind")]),
        ("Ana Lind left. B. Lind stays.", [("Ana Lind", "Ana Lind"), ("Lind", "Ana Lind")]),
    ],
)  # fmt: skip
def test_an_initial_before_a_surname_belongs_to_the_name_of_that_person(gazetteer, text, expected):
    spans = [("Ana Lind", "person", 0.99)]
    assert entities_of(text, spans, gazetteer) == expected


def test_who_is_spoken_according_to_is_no_place(gazetteer):
    text = "Ana Lind was there. According to Lind, nobody came."
    spans = [("Ana Lind", "person", 0.99), ("Lind", "place", 0.8)]
    assert entities_of(text, spans, gazetteer)[1] == ("Lind", "Ana Lind")


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("The Amazon lost trees; the rainforest burns.", "Amazon"),
        ("Amazon is said to be long.", None),
    ],
)
def test_what_speaks_against_one_sense_speaks_for_another(gazetteer, text, entity):
    assert entities_of(text, [("Amazon", "place", 0.55)], gazetteer) == [("Amazon", entity)]


# Against the archive


@pytest.fixture
def enrichments(tmp_path):
    with Archive(new_archive(tmp_path / "a.db")) as archive:
        for n in range(1, 4):
            archive.db.execute(
                "insert into articles (id, url, title, text, word_count, content_hash, first_seen_at, "
                "updated_at) values (?, ?, 't', 'x', 1, 'h', '', '')",
                [n, f"https://news.example/{n}"],
            )
        yield archive.enrichments


def remember(enrichments, article, *entities, vector=None):
    """An earlier article with these entities."""
    item = WorkItem(article, "t", "x", None, None, "h", frozenset())
    saliences = tuple(Salience(entity, 1, 1.0) for entity in entities)
    enrichments.save_tagging(item, Tagging((), saliences, ()), model(enrichments, "tags"))
    if vector is not None:
        enrichments.save_vector(item, vector, model(enrichments, "vector"))


def model(enrichments, task):
    return enrichments.model_id(Model(task, "m", "1"))


def tagging(*entities):
    """A tagging that names each entity once in the title and once in the text."""
    mentions = tuple(
        Mention(10 * n, 10 * n + 3, "abc", e.type, e.name) for n, e in enumerate(entities)
    )
    saliences = tuple(Salience(e, 1, 1.0) for e in entities)
    return Tagging(mentions, saliences, tuple(e.name for e in entities), title=mentions)


def names(tagging):
    return [(m.entity, m.type) for m in tagging.mentions], tagging.tags


def test_a_later_article_finds_what_an_earlier_one_brought_in(enrichments):
    remember(enrichments, 1, Entity("Kestrel Robotics", "organization"))
    later = tagging(Entity("Kestrel Robotics Ltd", "organization"))
    assert names(settle(later, enrichments, None, 100)) == (
        [("Kestrel Robotics", "organization")],
        ("Kestrel Robotics",),
    )


def test_an_alias_of_an_earlier_article_is_found_too(enrichments):
    known = Entity("Baltic Data Centre Association", "organization", None, (Alias("BDCA"),))
    remember(enrichments, 1, known)
    settled = settle(tagging(Entity("BDCA", "organization")), enrichments, None, 100)
    assert settled.tags == ("Baltic Data Centre Association",)


def test_a_new_name_stays_new(enrichments):
    remember(enrichments, 1, Entity("Kestrel Robotics", "organization"))
    later = tagging(Entity("Kestrel Robotics", "person"), Entity("Lumora", "organization"))
    assert settle(later, enrichments, None, 100) == later


def test_two_names_of_one_entity_become_one(enrichments):
    remember(enrichments, 1, Entity("Lumora", "organization"))
    later = tagging(Entity("Lumora", "organization"), Entity("Lumora AG", "organization"))
    settled = settle(later, enrichments, None, 100)
    assert [(s.entity.name, s.mention_count) for s in settled.entities] == [("Lumora", 2)]
    assert settled.tags == ("Lumora",)


@pytest.mark.parametrize(
    ("company", "vector", "expected"),
    [
        (Entity("Ana Lind", "person"), None, "Aurora Inc"),
        (Entity("Per Lind", "person"), None, "Aurora Ltd"),
        (None, (1.0, 0.0), "Aurora Inc"),
        (None, (0.0, 1.0), "Aurora Ltd"),
    ],
)
def test_of_two_that_are_called_so_the_company_decides(enrichments, company, vector, expected):
    import numpy as np

    def packed(pair):
        return pack(np.array(pair, np.float32))

    one, two = Entity("Aurora Inc", "organization"), Entity("Aurora Ltd", "organization")
    remember(enrichments, 1, one, Entity("Ana Lind", "person"), vector=packed((1, 0.1)))
    remember(enrichments, 2, two, Entity("Per Lind", "person"), vector=packed((0.1, 1)))
    later = tagging(Entity("Aurora", "organization"), *([company] if company else []))
    settled = settle(later, enrichments, packed(vector) if vector else None, 100)
    assert [tag for tag in settled.tags if tag.startswith("Aurora")] == [expected]


@pytest.mark.parametrize(
    "names",
    [
        [f"Kestrel Rob{n} Labs" for n in range(4000)] + ["Kestrel"] * 4000,
        ["Ana Lind"] * 8000,
        [f"Ana{n} Lind{n}" for n in range(8000)],
    ],
    ids=["companies with one first word", "one person", "many people"],
)
def test_hostile_text_takes_no_quadratic_time(gazetteer, names):
    # A quadratic linker takes minutes here.
    kind = "person" if names[0].startswith("Ana") else "organization"
    starts = [0]
    for name in names:
        starts.append(starts[-1] + len(name) + 2)
    spans = [Span(at, at + len(name), kind, 0.95) for at, name in zip(starts, names, strict=False)]
    assert len(link(". ".join(names), DAY, spans, gazetteer)) == len(names)


# Reasons


@pytest.mark.parametrize(
    ("text", "spans", "reasons"),
    [
        ("Elon Musk spoke. Musk left.", [], {"Elon Musk": "list only", "Musk": "list default"}),
        ("Shares of Oracle rose.", [], {"Oracle": "list capital"}),
        ("Oracle shares rose.", [], {"Oracle": "list beside=shares"}),
        ("#OpenAI was down.", [], {"OpenAI": "list only"}),
        (
            "Ana Lind won. Lind was glad.",
            [("Ana Lind", "person", 0.99), ("Lind", "person", 0.9)],
            {"Ana Lind": "model new", "Lind": "model full=Ana Lind new"},
        ),
        ("It was Lind.", [("Lind", "person", 0.9)], {"Lind": "model alone"}),
        ("It was Borlo.", [("Borlo", "organization", 0.5)], {"Borlo": "model unsure"}),
        (
            "The Baltic Data Centre Association (BDCA) met. BDCA left.",
            [
                ("Baltic Data Centre Association", "organization", 0.99),
                ("BDCA", "organization", 0.9),
            ],
            {
                "Baltic Data Centre Association": "model new",
                "BDCA": "model short=Baltic Data Centre Association new",
            },
        ),
        (
            "OpenAI Harvest Week begins.",
            [("OpenAI Harvest Week", "other", 0.9)],
            {"OpenAI Harvest Week": "model longer=OpenAI (organization) new"},
        ),
    ],
    ids=str,
)  # fmt: skip
def test_each_mention_says_why(gazetteer, text, spans, reasons):
    found = link(text, DAY, [span_of(text, *span) for span in spans], gazetteer)
    assert {m.surface: " ".join(m.reason) for m in found} == reasons


def span_of(text, surface, kind, score):
    start = text.rindex(surface)
    return Span(start, start + len(surface), kind, score)
