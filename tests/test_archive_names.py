"""Names as they are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.names import fold


@pytest.mark.parametrize(
    "spellings",
    [
        ("ChatGPT", "Chat GPT", "Chat-GPT", "chatgpt", "CHATGPT’s"),
        ("Nvidia", "NVIDIA Corp.", "Nvidia Corporation", "Nvidia's"),
        ("The Verge", "Verge", "the verge’s"),
        ("Zoë Müller-Brandt", "Zoe Muller-Brandt", "Zoe Muller Brandt"),
        ("AT&T", "AT&T Inc.", "AT and T"),
        ("SAP", "SAP SE"),
        ("O'Reilly", "O’Reilly"),
        ("Alexandre de Moraes", "alexandre DE moraes"),
    ],
    ids=lambda spellings: spellings[0],
)
def test_spellings_of_one_name(spellings):
    assert len({fold(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Apple", "Apples"),
        ("iPhone 15", "iPhone 16"),
        ("Inc.", "Corp."),
        ("Disney", "Disney+"),
        ("C++", "C#"),
    ],
)
def test_different_names(one, other):
    assert fold(one) != fold(other)


@given(st.text(max_size=40))
def test_any_text_folds_to_itself(name):
    assert fold(fold(name)) == fold(name)
    assert " " not in fold(name)
    assert fold(name) or not any(c.isalnum() for c in name)
