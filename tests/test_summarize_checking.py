"""What supports a written sentence, and what the article must say to the letter."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarize.checking import Checker, words_of
from summarize.defaults import default_enricher
from summarize.facts import Facts, name_runs, stem
from summarize.sentences import split_sentences

TITLE = "Meta goes dark for two hours"
TEXT = (
    "Facebook, Instagram and Threads stopped working for 300,000 people on Tuesday, March 5. "
    "Meta’s shares fell by 1.5 percent, which is $1.2 billion. "
    "“We fixed it as quickly as possible,” said Andy Stone, the communications director of Meta Platforms. "
    "Elon Musk, who bought Twitter in 2022, mocked the company on X.\n\n"
    "Meta did not say what the cause was. Researchers at MIT looked at 25 data centers. "
    "The iPhone 15 was not hit. More is at status.meta.example."
)
FACTS = Facts(f"{TITLE}\n{TEXT}")


@pytest.mark.parametrize(
    "sentence",
    [
        "Meta was down for 2 hours.",
        "It cost the company $1,200 million.",
        "It cost the company 1.2bn.",
        "Shares fell 1.5%.",
        "Twenty-five data centers were looked at.",
        "About 300,000 people were hit on 5 March, a Tuesday.",
        "Stone said: \"We fixed it as quickly as possible.\"",
        "Stone said it was fixed “as quickly as possible”.",
        "Musk mocked Meta on X.",
        "Meta director Andy Stone spoke.",
        "Elon Musk and Andy Stone spoke about Facebook.",
        "Researchers at MIT looked.",
        "According to Meta Platforms, the iPhone 15 worked.",
        "People can look at status.meta.example.",
        "One of them spoke.",
    ],
)  # fmt: skip
def test_what_the_article_says(sentence):
    assert FACTS.missing(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("Meta was down for three hours.", ["number three"]),
        ("It cost $1.2 million.", ["number 1.2 million"]),
        ("It fell by 25 percent.", ["number 25 percent"]),
        ("It cost 1,500 dollars.", ["number 1,500"]),
        ("It was down on Wednesday.", ["date wednesday"]),
        ("It was down on 5 April.", ["date april"]),
        ("Stone said “we fixed it slowly”.", ["quotation  we fixed it slowly "]),
        ("“We never fixed it", ["quotation  we never fixed it "]),
        ("Nvidia was down.", ["name Nvidia"]),
        ("It was Mark Zuckerberg who spoke.", ["name Mark Zuckerberg"]),
        ("Then Elon Stone spoke.", ["name Elon Stone"]),
        ("The iPhone 16 was hit.", ["number 16"]),
        ("The GPT-5 model was hit.", ["name GPT-5"]),
        ("Visit evil.example.", ["link evil.example", "name Visit"]),
        ("Write to a@evil.example.", ["link a@evil.example"]),
    ],
)
def test_what_it_does_not_say(sentence, missing):
    found = FACTS.missing(sentence)
    assert [m for m in found if not m.startswith("name Write")] == missing


def test_each_sentence_of_an_article_states_what_the_article_states():
    assert [FACTS.missing(s.text) for s in split_sentences(TEXT)] == [[]] * 8


def test_names_and_where_sentences_begin():
    assert list(name_runs("Then Meta's Mark Zuckerberg left. The iPhone and GPT-4 stayed, on 15th.")) == [
        (("Then", "Meta"), True),
        (("Mark", "Zuckerberg"), False),
        (("The", "iPhone"), True),
        (("GPT-4",), False),
    ]  # fmt: skip


def test_stems_of_one_word_are_alike():
    for words in (
        ("researcher", "researchers", "research"),
        ("stopped", "stop", "stops", "stopping"),
    ):
        assert len({stem(word) for word in words}) == 1


WILD = st.text(st.one_of(st.sampled_from("aB1 .,“”\"'’%-—\n"), st.characters()), max_size=80)


@settings(max_examples=150, deadline=None)
@given(WILD)
def test_an_article_states_what_it_states_whatever_it_is(text):
    line = " ".join(text.split())
    missing = Facts(line).missing(line)
    assert [m for m in missing if not m.startswith("quotation")] == []


# Support


@pytest.fixture(scope="module")
def judge():
    """Judges sentences about the article."""
    encoder = default_enricher("float32")._encoder
    sentences = split_sentences(TEXT)
    checker = Checker(TITLE, sentences, encoder.encode([s.text for s in sentences]).vectors)

    def judge(sentence):
        return checker.judge(sentence, encoder.encode([sentence]).vectors[0])

    return judge


@pytest.mark.parametrize(
    ("sentence", "sources"),
    [
        ("Facebook, Instagram and Threads stopped for 300,000 people.", (0,)),
        ("Meta’s shares fell 1.5%.", (1,)),
        ("Elon Musk mocked Meta on X.", (3,)),
        ("Meta did not say what caused it.", (4,)),
        ("Andy Stone said Meta fixed it as quickly as possible.", (2,)),
    ],
)
def test_a_sentence_finds_its_source(judge, sentence, sources):
    verdict = judge(sentence)
    assert (verdict.is_supported, verdict.sources[: len(sources)]) == (True, sources), verdict
    assert 0.8 <= verdict.support <= 1


def test_a_sentence_made_of_two_has_both_as_sources(judge):
    verdict = judge("Instagram and Threads stopped working, and Elon Musk mocked the company on X.")
    assert (verdict.is_supported, set(verdict.sources)) == (True, {0, 3})


def test_a_copied_sentence_is_supported_wholly(judge):
    assert judge(split_sentences(TEXT)[3].text).support == 1.0


@pytest.mark.parametrize(
    ("sentence", "objection"),
    [
        ("Cheese is a food that people like.", "support of"),
        ("Meta will pay all of its users for the lost time.", "support of"),
        ("Elon Musk did not mock the company on X.", "one says no and the other yes"),
        ("Meta said what the cause was.", "one says no and the other yes"),
        ("Facebook, Instagram and Threads stopped for 400,000 people.", "number 400,000"),
        ("Mark Zuckerberg mocked the company on X.", "name Mark Zuckerberg"),
        ("", "it says nothing"),
        ("Of the and.", "it says nothing"),
    ],
)
def test_a_sentence_without_support(judge, sentence, objection):
    verdict = judge(sentence)
    assert not verdict.is_supported
    assert any(told.startswith(objection) for told in verdict.objections), verdict


def test_words_of_scripts_without_spaces():
    assert words_of("東京大学") == {"東京", "京大", "大学"}
    assert words_of("The 5 chips") == {"5", "chip"}
