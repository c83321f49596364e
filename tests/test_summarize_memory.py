"""When memory does not suffice, batches are halved, and nothing is lost."""

import io
import sys

import numpy as np
import pytest
import tiny_models as tiny
import torch

from archive.terminal import Progress
from summarize.defaults import default_enricher
from summarize.devices import in_batches, is_out_of_memory
from summarize.generation import Generator
from summarize.loading import find_model

ERRORS = [
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory."),
    RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory"),
]


class Small:
    """Computes doubles, and has memory for so many at once."""

    def __init__(self, room, error):
        self.room, self.error, self.sizes = room, error, []

    def __call__(self, items):
        self.sizes.append(len(items))
        if len(items) > self.room:
            raise self.error
        return [2 * item for item in items]


@pytest.mark.parametrize("error", ERRORS, ids=["python", "torch", "allocator"])
def test_a_batch_is_halved_until_it_fits_and_so_are_those_after_it(error):
    small = Small(3, error)
    done = list(in_batches(small, [list(range(10)), [10, 11], list(range(12, 22))]))
    assert [item for batch, _ in done for item in batch] == list(range(22))
    assert [item for _, made in done for item in made] == [2 * n for n in range(22)]
    assert small.sizes == [10, 5, 2, 2, 1, 2, 2, 1, 2, 2, 2, 2, 2, 2]


def test_one_that_does_not_fit_alone():
    with pytest.raises(MemoryError):
        list(in_batches(Small(0, MemoryError()), [[1, 2]]))


def test_other_errors_are_no_lack_of_memory():
    small = Small(1, RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes"):
        list(in_batches(small, [[1, 2]]))
    assert small.sizes == [2]
    assert not is_out_of_memory(ValueError("memory"))


def short_of_memory(monkeypatch, owner, name, room, size_of=len):
    """Let a method run out of memory above a size; the sizes with which it was called."""
    method, sizes = getattr(owner, name), []

    def limited(batch, *others):
        sizes.append(size_of(batch))
        if sizes[-1] > room:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return method(batch, *others)

    monkeypatch.setattr(owner, name, limited)
    return sizes


def test_an_encoder_short_of_memory_gives_the_same_vectors(monkeypatch):
    encoder = default_enricher("float32")._encoder
    texts = [f"Meta went dark for {n} hours." for n in range(40)]
    plenty = encoder.encode(texts)
    sizes = short_of_memory(monkeypatch, encoder, "_forward", 7)
    scarce = encoder.encode(texts)
    np.testing.assert_allclose(scarce.vectors, plenty.vectors, atol=1e-5)
    assert scarce.tokens == plenty.tokens
    assert sizes[0] == 40
    assert all(size <= 7 for size in sizes[4:])


def test_a_writer_short_of_memory_writes_the_same(monkeypatch, tmp_path):
    files, family = find_model(str(tiny.bart(tmp_path)), ["seq2seq"])
    generator = Generator(files, family, "float32")
    prompts = [generator.prompt_ids(f"Meta went dark {'on it ' * n}") for n in range(6)]
    plenty = generator.write(prompts)
    sizes = short_of_memory(monkeypatch, generator, "_generate", 2)
    assert generator.write(prompts) == plenty
    assert sizes == [6, 3, 1, 1, 1, 1, 1, 1]


# Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_shows_articles_and_tokens_a_second_and_the_time_left(monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with Progress("articles", 4) as progress:
        progress._bar.mininterval = 0
        progress.advance(tokens=500)
        progress._bar.refresh()
    (shown,) = [line for line in terminal.getvalue().split("\r") if "tokens/s" in line][-1:]
    assert "| 1/4 [" in shown
    assert "<" in shown  # the time that has passed < the time that is left
    assert "articles/s" in shown or "s/ articles" in shown
