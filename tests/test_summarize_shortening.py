"""Sentences made shorter: what goes, and above all what stays."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from summarize.shortening import shortened

FACT = "Nvidia sold more chips last year than all of its rivals together"


@pytest.mark.parametrize(
    ("text", "short"),
    [
        (
            "Jensen Huang (left) told investors on Monday that demand was strong.",
            "Jensen Huang told investors on Monday that demand was strong.",
        ),
        (
            "Apple also said on Monday that the phone would cost 799 dollars.",
            "Apple said on Monday that the phone would cost 799 dollars.",
        ),
        (
            "The Italian coast guard, however, told reporters that all were safe.",
            "The Italian coast guard told reporters that all were safe.",
        ),
        (
            "Kestrel, which was founded in Bonn in 2009, has sold ten of the robots to Siemens.",
            "Kestrel has sold ten of the robots to Siemens.",
        ),
        (
            "Siemens has bought all of the robots of Kestrel, which was founded in Bonn in 2009.",
            "Siemens has bought all of the robots of Kestrel.",
        ),
        (
            "The head of the agency resigned on Monday, citing the long hours of the work.",
            "The head of the agency resigned on Monday.",
        ),
    ],
    ids=["aside", "also", "however", "relative clause", "relative clause at the end", "-ing clause"],
)  # fmt: skip
def test_what_can_go(text, short):
    assert shortened(text) == (short,)


@pytest.mark.parametrize(
    "text",
    [
        f"{FACT}, analysts said.",
        f"{FACT}, according to the research firm Omdia.",
        f"{FACT}, which the company denies in a statement.",
        f"{FACT}, which may have been a matter of luck.",
        f"{FACT}, which analysts estimated from reports.",
        f"{FACT}, assuming that the figures of Omdia hold.",
        f"{FACT}, including the ones that it had lent.",
        f"{FACT}, raising hopes that were not met later.",
        f"{FACT} (if the figures are right) on every continent.",
        f"{FACT} (allegedly) on every continent of the world.",
        "Users of the Federal Trade Commission (FTC) have until Monday to reply to it.",
        "The law bans smoking, vaping and drinking in all of the parks of the city.",
        "Apple not only cut the price but also gave every buyer a free case on Monday.",
        "“I like our chips, which we made in the garage of my parents,” the founder said.",
        "The function f(x) is called whenever the user of the page clicks on a button.",
        "Ann Lee, 28, who lives in Bonn, was given the prize of the city on Monday.",
        "Pat Gelsinger, who returned to Intel, has retired as its chief executive on Monday.",
    ],
)
def test_what_stays(text):
    assert shortened(text) == ()


@example(["said", "(", ")"])
@given(st.lists(st.sampled_from([
    "Nvidia", "said", ",", "which", "was", "not", "leaving", "people", "(", ")", "also", "“", "”",
    "in 2009", "if", "who", "has", "denied", "it",
]), max_size=30))  # fmt: skip
def test_a_shorter_form_holds_nothing_new_and_every_word_that_weighs(words):
    text = " ".join(words) + "."
    for form in shortened(text):
        assert len(form) < len(text)
        left = iter(text)
        assert all(character in left for character in form)
        for weighty in ("not", "if", "denied", "said"):
            whole_word = rf"\b{weighty}\b"
            assert len(re.findall(whole_word, form)) == len(re.findall(whole_word, text))
