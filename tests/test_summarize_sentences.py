"""Sentences and their offsets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.sentences import Sentence, split_sentences

CASES = {
    "titles": ["Dr. Smith met Mr. Jones.", "Gov. Hochul and Sen. Warren came."],
    "a time of day": ["They met at 3 p.m. on Monday.", "They left at 5 p.m.", "The end came."],
    "initials": ["Samuel L. Jackson spoke.", "J. R. R. Tolkien wrote."],
    "initials together": [
        "George R.R. Martin met J.K. Rowling.",
        "He lived in the U.S.S.R.",
        "It was far.",
    ],
    "decimals": ["It cost $4.5 billion.", "Version 2.0 followed, at 3.14 each."],
    "a year": ["It happened in 2023.", "5 people left."],
    "quotes within": ["“We are back,” she said.", "“Sorry!” he added."],
    "quotes whole": ["“Sorry.”", "“We are back!”", "He left."],
    "straight quotes": ['"Is it?" he asked.', '"Yes."', "(It was.)", "'No.'", "She left."],
    "ellipses": ["He paused … then left.", "Wait... what?", "It ended...", "Nobody knew why…"],
    "marks in a row": ["What?!", "Really?", "No!!!", "Yes."],
    "the platform": ["He owns the platform X.", "Musk said so on X.", "The post was short."],
    "a dateline": ["MENLO PARK, Calif. — Meta went down.", "It came back."],
    "a dateline with a hyphen": ["MENLO PARK, Calif. - Meta went down."],
    "companies": ["Apple Inc. Chief Cook spoke.", "He left Apple Inc.", "The rest is known."],
    "countries": ["The U.S. Senate voted.", "He moved to the U.S.", "In May he left."],
    "degrees": ["The Ph.D. student left.", "A case is Meta v. FTC here."],
    "numbered": ["See No. 5 and Fig. 3 on the list.", "He said no.", "Nobody listened."],
    "months": ["It was Sept. 2023.", "In Jan. 2024 they came on Feb. Friday."],
    "names with marks": ["Yahoo! said it was fine.", "iPhone sales fell.", "eBay rose."],
    "abbreviations": ["This is short, i.e. Brief, e.g. Like this."],
    "German": ["Das kostet z.B. 5 Euro.", "Am 3. März kam Dr. Müller.", "Er ging."],
    "German quotes": ["„Wir sind zurück“, sagte er.", "Dann ging er.", "„Gut.“", "Und dann?"],
    "German quotes that point inwards": ["Er ging.", "»Wir sind da«, sagte sie.", "»So.«"],
    "French": ["« Nous sommes là. »", "Il est parti !", "Vraiment ?"],
    "white space": ["One stands here.", "Two\tstands there."],
    "no full stop": ["A heading without an end"],
    "marks alone": [".", ".", "?!"],
    "an address": ["Read example.com/a.b?c=d for more.", "It is @here."],
}


@pytest.mark.parametrize("sentences", CASES.values(), ids=CASES)
def test_sentences(sentences):
    assert [s.text for s in split_sentences(" ".join(sentences))] == sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "中国发布了新规。市场反应强烈！为什么？",
            ["中国发布了新规。", "市场反应强烈！", "为什么？"],
        ),
        ("他说：“很好。”然后走了。", ["他说：“很好。”", "然后走了。"]),
        ("他走了。“好！”她说。", ["他走了。", "“好！”", "她说。"]),
        ("「終わった。」彼は言った。", ["「終わった。」", "彼は言った。"]),
        ("", []),
        (" \n\t\r\n\u2028 ", []),
        ("One\nTwo. Three\r\n\r\nFour\u2029Five", ["One", "Two.", "Three", "Four", "Five"]),
        ("  One.   Two.\u00a0 Three.  ", ["One.", "Two.", "Three."]),
        ("Left.Right.", ["Left.Right."]),
        ("“One.”Two.", ["“One.”Two."]),
    ],
)
def test_sentences_not_joined_by_a_space(text, sentences):
    assert [s.text for s in split_sentences(text)] == sentences


def test_whole_records():
    assert split_sentences("🐧 One. Two.\n\nThree.") == [
        Sentence("🐧 One.", 0, 6, paragraph=0, position=0),
        Sentence("Two.", 7, 11, paragraph=0, position=1),
        Sentence("Three.", 13, 19, paragraph=1, position=2),
    ]


WILD = st.text(
    st.one_of(st.sampled_from("aA1 .!?…。！？\n\r\u2028\u00a0“”\"')—-"), st.characters()),
    max_size=80,
)


@given(WILD)
def test_receipts_are_exact_and_nothing_is_lost(text):
    sentences = split_sentences(text)
    end = 0
    for number, sentence in enumerate(sentences):
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.text == sentence.text.strip() != ""
        assert sentence.position == number
        assert text[end : sentence.start].strip() == ""
        end = sentence.end
    assert text[end:].strip() == ""


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("." * 200_000 + "a", 1),
        ("A" * 200_000 + " B. C", 1),
        ("Ab" * 100_000 + " X. The " * 1000, 1001),
        ('."' * 100_000, 1),
        (". " * 100_000, 100_000),
    ],
    ids=["dots", "capitals", "initials", "quotes", "spaced dots"],
)
def test_hostile_text_takes_no_quadratic_time(text, number):
    # A quadratic splitter takes minutes here.
    assert len(split_sentences(text)) == number
