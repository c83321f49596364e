"""The gazetteer: its data, its matcher, its senses. Cases are in data/gazetteer_cases.jsonl."""

import json
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.errors import NewsarchiveError
from archive.records import ENTITY_TYPES, Entity, Mention, WorkItem
from summarize.defaults import default_enricher
from summarize.gazetteer import Gazetteer, GazetteerError
from summarize.sense import read_rule

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "gazetteer_cases.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
DATA = Path(__file__).parent.parent / "summarize" / "data" / "gazetteer.jsonl"
LINES: list[dict[str, Any]] = [
    json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load()


def check_offsets(text: str, mentions: list[Mention]) -> None:
    for mention in mentions:
        assert mention.start < mention.end
        assert text[mention.start : mention.end] == mention.surface
        assert 0 < mention.score <= 1
        assert mention.type in ENTITY_TYPES
    for earlier, later in pairwise(mentions):
        assert earlier.end <= later.start


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(gazetteer: Gazetteer, case: dict[str, Any]) -> None:
    day = date.fromisoformat(case["date"]) if "date" in case else None
    mentions = gazetteer.find(case["text"], day)
    assert [[m.surface, m.entity] for m in mentions] == case["mentions"]
    check_offsets(case["text"], mentions)


def test_there_are_cases_enough() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES) >= 60


def test_data_is_sorted_and_unique() -> None:
    keys = [(line["name"].casefold(), line["type"]) for line in LINES]
    assert keys == sorted(keys)
    assert len({(line["name"], line["type"]) for line in LINES}) == len(LINES) >= 350


def test_data_lines() -> None:
    assert {line["name"]: wrong for line in LINES if (wrong := mistakes(line))} == {}


def mistakes(line: dict[str, Any]) -> list[str]:
    """What is wrong with an entry."""
    description, aliases = line["description"], line.get("aliases", [])
    names = [alias["alias"] for alias in aliases]
    spans = [(alias.get("from"), alias.get("until")) for alias in aliases]
    checks = {
        "unknown field": set(line) <= {"name", "type", "description", "aliases"},
        "unknown type": line["type"] in ENTITY_TYPES,
        "no description": description.strip() != "",
        "description of several lines": "\n" not in description,
        "description with a full stop": not description.endswith("."),
        "an alias ends before it begins": all(
            date.fromisoformat(first) < date.fromisoformat(last)
            for first, last in spans
            if first is not None and last is not None
        ),
        "an alias twice": len(set(names)) == len(names),
    }
    return [mistake for mistake, is_right in checks.items() if not is_right]


@pytest.mark.parametrize(
    ("wrong", "mistake"),
    [
        ({"born": 1}, "unknown field"),
        ({"type": "boat"}, "unknown type"),
        ({"description": " "}, "no description"),
        ({"description": "A\nB"}, "description of several lines"),
        ({"description": "A boat."}, "description with a full stop"),
        (
            {"aliases": [{"alias": "B", "from": "2021-01-02", "until": "2021-01-01"}]},
            "an alias ends before it begins",
        ),
        ({"aliases": [{"alias": "B"}, {"alias": "B"}]}, "an alias twice"),
    ],
)
def test_mistakes_are_seen(wrong: dict[str, Any], mistake: str) -> None:
    good = {"name": "A", "type": "person", "description": "A boat"}
    assert (mistakes(good), mistakes(good | wrong)) == ([], [mistake])


def test_a_shared_alias_is_decided_by_dates_or_a_rule() -> None:
    bearers: dict[str, list[tuple[str, str, bool]]] = {}
    for line in LINES:
        aliases = line.get("aliases", [])
        if all(alias["alias"] != line["name"] for alias in aliases):
            aliases = [{"alias": line["name"]}, *aliases]
        for alias in aliases:
            conditional = "rule" in alias and read_rule(alias["rule"]).is_conditional
            interval = (alias.get("from", "0001-01-01"), alias.get("until", "9999-12-31"))
            bearers.setdefault(alias["alias"], []).append((*interval, conditional))
    for alias_name, uses in bearers.items():
        for k, (first, last, conditional) in enumerate(uses):
            for other_first, other_last, other_conditional in uses[k + 1 :]:
                overlap = first < other_last and other_first < last
                assert not overlap or conditional or other_conditional, alias_name


def test_entity_and_revision(gazetteer: Gazetteer) -> None:
    meta = gazetteer.entity("Meta", "organization")
    assert meta.description
    assert ("Facebook", None, "2021-10-28") in [
        (alias.alias, alias.valid_from, alias.valid_until) for alias in meta.aliases
    ]
    assert gazetteer.entity("Nobody At All", "person") == Entity("Nobody At All", "person")
    assert gazetteer.revision == Gazetteer.load().revision
    assert len(gazetteer.entities) == len(LINES)


def test_scores_tell_certainty(gazetteer: Gazetteer) -> None:
    instagram, threads = gazetteer.find("Instagram and Threads, the app.", date(2024, 3, 5))
    assert instagram.score == 1.0
    assert threads.score < 1.0


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("{", "Expecting"),
        ("[]", "not an object"),
        ('{"name": "A"}', "type None"),
        ('{"name": " ", "type": "person"}', "no name"),
        ('{"name": "A", "type": "person", "born": 1}', "not an object of"),
        ('{"name": "A", "type": "person", "aliases": 1}', "not a list"),
        ('{"name": "A", "type": "person", "aliases": ["B"]}', "an alias is not"),
        ('{"name": "A", "type": "person", "aliases": [{"alias": " "}]}', "has no name"),
        ('{"name": "A", "type": "person", "aliases": [{"alias": "B", "from": "2021"}]}', "2021"),
        ('{"name": "A", "type": "person", "aliases": [{"alias": "B", "from": "20210101"}]}', "ISO"),
        (
            (
                '{"name": "A", "type": "person", "aliases":'
                ' [{"alias": "B", "from": "2021-01-02", "until": "2021-01-01"}]}'
            ),
            "ends before",
        ),
        ('{"name": "A", "type": "person", "aliases": [{"alias": "B", "rule": 1}]}', "the rule of"),
        (
            '{"name": "A", "type": "person", "aliases": [{"alias": "B", "rule": {"if": []}}]}',
            "unknown rule",
        ),
        (
            (
                '{"name": "A", "type": "person", "aliases":'
                ' [{"alias": "B", "rule": {"needs": ["@nothing"]}}]}'
            ),
            "unknown word group",
        ),
        ('{"name": "Good", "type": "person"}', "twice"),
    ],
)
def test_malformed_data_names_file_and_line(tmp_path: Path, line: str, cause: str) -> None:
    path = tmp_path / "names.jsonl"
    path.write_text(f'{{"name": "Good", "type": "person"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(GazetteerError, match=cause) as caught:
        Gazetteer.load(path)
    assert isinstance(caught.value, NewsarchiveError)
    assert caught.value.subject == f"{path}, line 2"


def test_missing_data_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GazetteerError, match="cannot be read"):
        Gazetteer.load(tmp_path / "none.jsonl")


_NAMES = sorted({a["alias"] for line in LINES for a in line.get("aliases", [])})
_WILD = st.lists(
    st.one_of(
        st.sampled_from(_NAMES),
        st.text(max_size=12),
        st.sampled_from(
            [" ", "\n", "\n\n", "\u00a0", "’s", "'", "-", ".", ", ", " on ", "@", "#", ".com", " 5"]
        ),
    ),
    max_size=40,
).map("".join)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(text=_WILD, day=st.none() | st.dates(date(1990, 1, 1), date(2040, 1, 1)))
def test_wild_text(text: str, day: date | None) -> None:
    mentions = _LOADED.find(text, day)
    check_offsets(text, mentions)
    assert day is None or _LOADED.find(text, day) == mentions


# Loaded once: a fixture cannot be used beside hypothesis without being rebuilt in view of it.
_LOADED = Gazetteer.load()


#: Where the model, which reads the sentence, takes a word for a name although no rule does.
MODEL_DIFFERS = {"java-island", "square-dance"}


def test_known_names_keep_their_senses_beside_the_model() -> None:
    enricher = default_enricher("float32")
    items = [
        WorkItem(
            number,
            "",
            case["text"],
            datetime.fromisoformat(case["date"]).replace(tzinfo=UTC) if "date" in case else None,
            "en",
            "",
            frozenset({"tags"}),
        )
        for number, case in enumerate(CASES)
    ]
    known = {(line["name"], line["type"]) for line in LINES}
    different = set()
    for case, made in zip(CASES, enricher.enrich(items), strict=True):
        assert made.tagging is not None
        found = [
            [m.surface, m.entity] for m in made.tagging.mentions if (m.entity, m.type) in known
        ]
        if found != case["mentions"]:
            different.add(case["id"])
    assert different <= MODEL_DIFFERS
