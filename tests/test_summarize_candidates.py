"""Which sentences may stand in a summary, and what is done for those that lean on the one before."""

import pytest

from summarize.candidates import candidates
from summarize.leaning import leans
from summarize.sentences import split_sentences

LEAD = "The European Commission opened an inquiry into the chip maker Nvidia on Monday morning."


def offered(text):
    """(text, origin, place of the sentence it needs) of each candidate."""
    found = candidates(split_sentences(text))
    for candidate in found:
        if candidate.origin == "quoted":
            assert text[candidate.start : candidate.end] == candidate.text
    return [(candidate.text, candidate.origin, candidate.needs) for candidate in found]


@pytest.mark.parametrize(
    "text",
    [
        "He said that it would take until the end of the week.",
        "But Apple said that it would take until the end of the week.",
        "The company said that it would take until the end of the week.",
        "The social network said that it would take until the week’s end.",
        "However, it would take until the end of the week to repair.",
        "This would take until the end of the week, the firm said.",
        "Their shares fell by a tenth on Monday in New York trading.",
        "In it the senator argued that the law had been left blind.",
        "A few hours later Nadella announced that both would join Microsoft.",
        "“Threads reached 100 million sign ups over the weekend,” he wrote.",
        "Shares in the company, based in Santa Clara, rose by a tenth on Monday.",
        "On a good day they sell more than a hundred of them to schools.",
        "The rise of Broadcom’s shares since then has made it worth more.",
        "In March the company presented an assistant inside Word and Outlook.",
        "Last week Jensen Huang, the chief executive, reported revenue of 18 billion dollars.",
        "Damit verschwanden an einem Tag etwa 589 Milliarden Dollar an Wert.",
    ],
)
def test_what_leans(text):
    assert leans(text)


@pytest.mark.parametrize(
    "text",
    [
        "Apple said that it would take until the end of the week.",
        "The European Commission said that it would take until Friday.",
        "The court that hears appeals in Luxembourg ruled on Monday morning.",
        "It is unclear whether the repair will take until the end of the week.",
        "Butter prices rose by a tenth on Monday, dairies said.",
        "Heathrow airport closed for two hours on Monday because of the outage.",
        "Judges in Luxembourg ruled on Monday that they had been misled by Apple.",
        "Nvidia’s founder, Jensen Huang, said that his company could not make enough chips.",
        "Tim Cook, the chief executive of Apple, greeted the first buyers at the store.",
        "In March Microsoft said that the company had no plans for an assistant.",
        "Broadcom completed its purchase on Wednesday, a day after China agreed.",
    ],
)
def test_what_stands_alone(text):
    assert not leans(text)


def test_a_connective_is_left_out():
    rest = "Nvidia said that it had not yet been told of any inquiry."
    assert offered(f"{LEAD} But {rest} However, {rest}") == [
        (LEAD, "quoted", None),
        (rest, "quoted", None),
        (rest, "quoted", None),
    ]


@pytest.mark.parametrize(
    ("before", "pronoun", "bracketed"),
    [
        ("Margrethe Vestager, the commissioner in charge, spoke of a serious case.", "She", "[Margrethe Vestager]"),
        ("Judge Amit Mehta read the ruling aloud to a full court on Monday.", "His", "[Amit Mehta’s]"),
        ("Tim Cook, Apple’s chief executive, greeted the first buyers at the store on Friday morning.", "He", "[Tim Cook]"),
    ],
)  # fmt: skip
def test_a_pronoun_gives_way_to_the_one_person_named_before(before, pronoun, bracketed):
    after = "words were heard by more than a hundred people in the hall."
    text = f"{LEAD} {before} {pronoun} {after}"
    assert offered(text)[2] == (f"{bracketed} {after}", "repaired", None)
    third = candidates(split_sentences(text))[2]
    assert text[third.start : third.end] == f"{pronoun} {after}"


@pytest.mark.parametrize(
    "before",
    [
        "Tim Cook, Apple’s chief executive, met Satya Nadella in New York on Monday.",
        "Goldman Sachs said on Monday that it had sold all of its shares.",
        "Chip makers lost a tenth of their value on Monday in New York.",
    ],
    ids=["two people", "no sign of a person", "nobody"],
)
def test_a_pronoun_that_may_mean_others_needs_its_antecedent(before):
    after = "He said that it would take until the end of the week."
    assert offered(f"{LEAD} {before} {after}")[2] == (after, "quoted", 1)


def test_a_sentence_whose_antecedent_cannot_be_taken_is_passed_over():
    after = "The company said that it would take until the end of the week."
    assert offered(f"{LEAD} No reply. {after}") == [(LEAD, "quoted", None)]


def test_behind_headings_there_is_nothing_to_lean_on():
    first = "The company said that it would take until the end of the week."
    found = offered(f"A heading\n\n{first} {LEAD}")
    assert found == [(first, "quoted", None), (LEAD, "quoted", None)]


def test_in_small_letters_nobody_is_missed_for_want_of_a_capital():
    text = f"{LEAD} At the company nobody was asked about any of this for days."
    assert offered(text)[-1][2] == 0
    text = f"{LEAD} " * 2 + "At the club jose mourinho said that his team had earned it. "
    small = text.lower().replace("the european", "The european").replace("at the", "At the")
    assert offered(small)[-1][0] == "At the club jose mourinho said that his team had earned it."
