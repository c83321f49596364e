"""Receipts and mentions laid over a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve.marking import Run, Segment, Span, cut, marked_pieces, paragraphs, plain_paragraphs

TEXTS = st.text(alphabet=st.sampled_from("ab .\n\t\r🐧é"), max_size=40) | st.text(max_size=30)


@st.composite
def texts_with_spans(draw):
    text = draw(TEXTS)
    numbers = st.integers(-2, len(text) + 2)
    spans = st.lists(st.builds(Span, numbers, numbers), max_size=6)
    return text, draw(spans), draw(spans)


@given(texts_with_spans())
def test_segments_are_the_text_and_every_span_is_marked(case):
    text, receipts, mentions = case
    segments = cut(text, receipts, mentions)
    assert "".join(segment.text for segment in segments) == text
    for spans, over in (
        (receipts, lambda segment: segment.receipts),
        (mentions, lambda segment: segment.mentions),
    ):
        for number, span in enumerate(spans):
            marked = "".join(segment.text for segment in segments if number in over(segment))
            expected = text[span.start : span.end] if span.fits(len(text)) else ""
            assert marked == expected


@given(texts_with_spans())
def test_paragraphs_keep_all_but_the_breaks(case):
    text, receipts, mentions = case
    drawn = paragraphs(cut(text, receipts, mentions))
    kept = "\n\n".join("".join(s.text for run in p for s in run.segments) for p in drawn)
    assert kept.split() == text.split()
    for number in range(len(receipts)):
        runs = [run for paragraph in drawn for run in paragraph if number in run.receipts]
        opened, closed = (
            [number in getattr(r, what) for r in runs] for what in ("opens", "closes")
        )
        assert sum(opened) == sum(closed) == bool(runs)
        if runs:
            assert opened[0]
            assert closed[-1]


def test_crossing_receipts_and_a_mention_across_both():
    #       0123456789
    text = "one two six"
    segments = cut(text, [Span(0, 7), Span(4, 11)], [Span(6, 9)])
    assert segments == [
        Segment("one ", (0,)),
        Segment("tw", (0, 1)),
        Segment("o", (0, 1), (0,)),
        Segment(" s", (1,), (0,)),
        Segment("ix", (1,)),
    ]


def test_a_mention_within_a_mention_is_the_one_to_link():
    segments = cut("X Corp", [], [Span(0, 6), Span(0, 1)])
    assert segments == [Segment("X", (), (1, 0)), Segment(" Corp", (), (0,))]


def test_offsets_are_code_points():
    assert cut("🐧🐧x", [Span(1, 2)], []) == [Segment("🐧"), Segment("🐧", (0,)), Segment("x")]


def test_a_receipt_over_two_paragraphs_opens_once_and_closes_once():
    drawn = paragraphs(cut("one.\n\ntwo. rest", [Span(0, 10)], []))
    assert drawn == [
        (Run((0,), (0,), (), (Segment("one.", (0,)),)),),
        (
            Run((0,), (), (0,), (Segment("two.", (0,)),)),
            Run((), (), (), (Segment(" rest"),)),
        ),
    ]


@pytest.mark.parametrize(
    "text",
    ["one\n\ntwo", "one\n \t\ntwo", "one\n\n\n\n  two", "one\r\n\r\ntwo", "\n\none\n\ntwo\n\n"],
    ids=["blank", "spaces", "several", "windows", "edges"],
)
def test_blank_lines_part_paragraphs(text):
    drawn = [
        "".join(s.text for run in p for s in run.segments) for p in paragraphs(cut(text, [], []))
    ]
    assert [paragraph.strip() for paragraph in drawn] == ["one", "two"]
    assert [paragraph.strip() for paragraph in plain_paragraphs(text)] == ["one", "two"]


def test_much_white_space_takes_no_time_to_speak_of():
    assert len(paragraphs(cut(" " * 200_000 + "\n" * 200_000 + "x" + "\n " * 200_000, [], []))) == 1


def test_marked_pieces_of_a_snippet():
    assert marked_pieces("…a <b>c<d> e", "<", ">") == [
        ("…a ", False),
        ("b", True),
        ("c", False),
        ("d", True),
        (" e", False),
    ]


def test_stray_marks_are_dropped():
    assert marked_pieces(">a<<b>>c<", "<", ">") == [("a", False), ("b", True), ("c", False)]
