"""The tagger's network, from the encoder's pieces to spans of text, and the field that decides."""

import itertools

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.records import ENTITY_TYPES
from summarize.crf import LABELS, Crf, label_number
from summarize.defaults import default_enricher
from summarize.detector import NameDetector, Span
from summarize.encoder import Encoder
from summarize.errors import ModelError
from summarize.name_lists import FEATURES, NameLists
from summarize.words import CHARACTERS, SHAPES, casing, characters, shape, split_words

LONG = "The board of the port met again to talk about the price of fish in the north, " * 40


@pytest.fixture(scope="module")
def encoder():
    return default_enricher("float32")._encoder


@pytest.fixture(scope="module")
def detector():
    return default_enricher("float32")._tagger.detector


def spans_of(encoder, detector, *texts):
    reader = detector.reader(texts)
    encoder.encode(texts, reader.read)
    return reader.spans


def surfaces(text, spans):
    return [(text[span.start : span.end], span.type) for span in spans]


def test_what_it_sees(encoder, detector):
    text = "Maria Delgado of Kestrel Robotics, a startup in Leeds, showed the Petrel 2 drone."
    (spans,) = spans_of(encoder, detector, text)
    assert surfaces(text, spans) == [
        ("Maria Delgado", "person"),
        ("Kestrel Robotics", "organization"),
        ("Leeds", "place"),
        ("Petrel 2", "product"),
    ]
    assert all(0.5 < span.score <= 1 for span in spans)


def test_nothing_to_see(encoder, detector):
    assert (
        spans_of(encoder, detector, "The price of fish rose again.", "", " ", "\u200b") == [[]] * 4
    )
    assert spans_of(encoder, detector) == []


def test_each_text_has_its_own_spans(encoder, detector):
    texts = ["Tim Cook spoke.", "No one did.", LONG, "Then Angela Merkel spoke in Berlin."]
    together = spans_of(encoder, detector, *texts)
    alone = [spans_of(encoder, detector, text)[0] for text in texts]
    assert [surfaces(t, s) for t, s in zip(texts, together, strict=True)] == [
        surfaces(t, s) for t, s in zip(texts, alone, strict=True)
    ]


def test_a_sentence_longer_than_the_window_is_read_to_its_end(encoder, detector):
    text = f"{LONG}said Angela Merkel in Berlin."
    (spans,) = spans_of(encoder, detector, text)
    assert surfaces(text, spans) == [("Angela Merkel", "person"), ("Berlin", "place")]


def test_listening_changes_no_vector(encoder, detector):
    texts = ["Angela Merkel spoke in Berlin.", LONG, "Short."]
    with_reader = encoder.encode(texts, detector.reader(texts).read)
    plain = encoder.encode(texts)
    assert (with_reader.vectors == plain.vectors).all()
    assert with_reader.tokens == plain.tokens


def test_bfloat16_sees_the_same(detector):
    text = "Angela Merkel spoke in Berlin about Volkswagen."
    (spans,) = spans_of(Encoder(precision="bfloat16"), NameDetector(), text)
    assert surfaces(text, spans) == [
        ("Angela Merkel", "person"),
        ("Berlin", "place"),
        ("Volkswagen", "organization"),
    ]


WILD = st.text(
    st.one_of(
        st.sampled_from("Tim Cook of Apple in Ω 🐧\u0301\u00ad\u200d'’-.\t"), st.characters()
    ),
    max_size=120,
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(text=WILD)
def test_wild_text(text):
    enricher = default_enricher("float32")
    (spans,) = spans_of(enricher._encoder, enricher._tagger.detector, text)
    assert all(0 <= s.start < s.end <= len(text) and 0 < s.score <= 1 for s in spans)
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))
    assert {span.type for span in spans} <= set(ENTITY_TYPES)


def test_a_span_is_moved():
    assert Span(1, 4, "person", 0.9).moved(10) == Span(11, 14, "person", 0.9)


def test_missing_weights(tmp_path):
    with pytest.raises(ModelError, match=r"the tagger's weights are missing.*--tagger gazetteer"):
        NameDetector(tmp_path / "none.safetensors")


def test_broken_weights(tmp_path, encoder):
    path = tmp_path / "tagger.safetensors"
    path.write_bytes(b"no weights")
    with pytest.raises(ModelError, match="the weights cannot be loaded"):
        spans_of(encoder, NameDetector(path), "Tim Cook spoke.")


def test_the_revision_is_that_of_the_weights(tmp_path, detector):
    path = tmp_path / "tagger.safetensors"
    path.write_bytes(b"other weights")
    assert NameDetector().revision == detector.revision != NameDetector(path).revision


# Words and lists


def test_words_are_those_of_the_text():
    text = "AT&T’s U.S. arm"
    words = split_words(text)
    assert [text[a:b] for a, b in zip(words.starts, words.ends, strict=True)] == [
        "AT", "&", "T", "’", "s", "U", ".", "S", ".", "arm",
    ]  # fmt: skip
    assert words.words[3] == "'"


def test_spellings_are_told_apart():
    words = ["apple", "Apple", "APPLE", "A", "iPhone", "OpenAI", "2024", "5G", ".", ",", "。"]
    assert len({shape(word) for word in words}) == len(words)
    assert all(0 < shape(word) < SHAPES for word in words)
    assert characters("Aé") == (34, 97, *[0] * (CHARACTERS - 2))
    assert len(characters("x" * 100)) == CHARACTERS


@pytest.mark.parametrize(
    ("sentence", "style"),
    [
        ("Apple said so on Monday", 0),
        ("apple said so on monday", 1),
        ("APPLE SAID SO", 2),
        ("Apple Said That Prices Rise", 3),
        ("A", 0),
        ("", 0),
    ],
)
def test_how_a_sentence_is_written(sentence, style):
    assert casing(sentence.split()) == style


def test_what_the_lists_say():
    lists = NameLists.load()
    words = "Maria flew from new york to Microsoft".split()
    said = [
        {name for bit, name in enumerate(FEATURES) if mask >> bit & 1}
        for mask in lists.masks(words)
    ]
    assert "common first name" in said[0]
    assert {"large place", "begins a known name"} <= said[3]
    assert "large place" in said[4]
    assert "begins a known name" not in said[4]
    assert "known organization" in said[6]
    assert said[1] & {"large place", "known person"} == set()


# The field


@pytest.fixture(scope="module")
def crf():
    torch.manual_seed(1)
    crf = Crf()
    torch.nn.init.normal_(crf.transitions)
    torch.nn.init.normal_(crf.first)
    return crf.requires_grad_(False)


def scores(crf, emissions):
    """The score of each possible sequence, one by one."""
    found = {}
    for labels in itertools.product(range(len(LABELS)), repeat=len(emissions)):
        names = ["O", *(LABELS[n] for n in labels)]
        if any(b[0] == "I" and a[1:] != b[1:] for a, b in itertools.pairwise(names)):
            continue
        score = crf.first[labels[0]] + sum(e[n] for e, n in zip(emissions, labels, strict=True))
        found[labels] = score + sum(crf.transitions[a, b] for a, b in itertools.pairwise(labels))
    return found


@pytest.fixture(scope="module")
def two(crf):
    """Two sentences, of three words and of two, with the scores of all their sequences."""
    torch.manual_seed(2)
    emissions = torch.randn(2, 3, len(LABELS)) * 2
    mask = torch.tensor([[True, True, True], [True, True, False]])
    return emissions, mask, [scores(crf, emissions[0]), scores(crf, emissions[1, :2])]


def test_the_best_sequence_and_how_likely_its_labels_are(crf, two):
    emissions, mask, every = two
    labels, posterior = crf.decode(emissions, mask)
    for row, sequences in enumerate(every):
        best = max(sequences, key=sequences.get)
        assert tuple(labels[row, : len(best)].tolist()) == best
        total = torch.logsumexp(torch.stack(list(sequences.values())), 0)
        for at, label in enumerate(best):
            with_it = torch.stack([s for seq, s in sequences.items() if seq[at] == label])
            expected = (torch.logsumexp(with_it, 0) - total).exp()
            torch.testing.assert_close(posterior[row, at], expected, atol=1e-4, rtol=1e-4)


def test_the_loss_sums_over_what_is_allowed(crf, two):
    emissions, mask, every = two
    allowed = torch.zeros(2, 3, len(LABELS), dtype=torch.bool)
    person, inside = label_number("B", "person"), label_number("I", "person")
    options = [{person}, {0, inside}, {0, label_number("B", "product")}]
    for at, labels in enumerate(options):
        allowed[:, at, list(labels)] = True
    loss = crf.loss(emissions, allowed, mask)
    for row, sequences in enumerate(every):
        fits = [
            score
            for labels, score in sequences.items()
            if all(n in options[at] for at, n in enumerate(labels))
        ]
        total = torch.logsumexp(torch.stack(list(sequences.values())), 0)
        expected = total - torch.logsumexp(torch.stack(fits), 0)
        torch.testing.assert_close(loss[row], expected, atol=1e-4, rtol=1e-4)
