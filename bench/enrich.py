"""Summaries, tags and vectors: newsarchive beside what one writes with transformers today, in one run.

    python bench/enrich.py [--articles 96] [--peer-articles 4] [--words 600]

The peer takes article by article: a sequence-to-sequence model of the size of distilbart-cnn-12-6 (12 encoder and
6 decoder layers of 1,024 numbers; 306 million parameters) writes 60 tokens with 4 beams, and a token classifier of the
size of bert-base-NER (12 layers of 768) reads the article in windows of 512. Their weights are random, since only
time is compared, and the tokens are the embedded encoder's, of which a text has about as many as of theirs. On a
GPU, where there is one, all of them run on it. Run it with nothing else at work on the machine.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import articles_per_second
import torch
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    BertConfig,
    BertForTokenClassification,
)

from archive.records import Task, WorkItem
from summarize.defaults import default_enricher

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
BATCH = 16
NEW_TOKENS, BEAMS = 60, 4
SUMMARIZER_WINDOW, TAGGER_WINDOW = 1024, 512
#: The first ids of both vocabularies are signs; texts have others.
FIRST_ID, SUMMARIZER_IDS, TAGGER_IDS = 1000, 50_264, 28_996


@dataclass(frozen=True)
class Timed:
    """What it took: articles, seconds on the clock, seconds of all cores together."""

    name: str
    articles: int
    seconds: float
    cpu_seconds: float


def timed(name: str, articles: int, work: Callable[[], None]) -> Timed:
    started, cpu = time.perf_counter(), time.process_time()
    work()
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    return Timed(name, articles, time.perf_counter() - started, time.process_time() - cpu)


def each(work: Callable[["torch.Tensor"], None], ids: "list[torch.Tensor]") -> None:
    for row in ids:
        work(row)


def ours(texts: list[tuple[str, str]]) -> Callable[[], None]:
    """All three products, in the batches of `newsarchive summarize`."""
    enricher = default_enricher()
    tasks: frozenset[Task] = frozenset(("summary", "tags", "vector"))
    items = [
        WorkItem(n, title, text, None, "en", "", tasks) for n, (title, text) in enumerate(texts)
    ]

    def run() -> None:
        for start in range(0, len(items), BATCH):
            enricher.enrich(items[start : start + BATCH])

    return run


class Peer:
    """A summarizer and a tagger with random weights, each called article by article."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        summarizer = BartConfig(encoder_layers=12, decoder_layers=6)
        tagger = BertConfig(vocab_size=TAGGER_IDS, num_labels=9)
        self.summarizer = BartForConditionalGeneration(summarizer).eval().to(DEVICE)
        self.tagger = BertForTokenClassification(tagger).eval().to(DEVICE)

    @torch.inference_mode()
    def summarize(self, ids: "torch.Tensor") -> None:
        self.summarizer.generate(
            _within(ids, SUMMARIZER_IDS)[:, :SUMMARIZER_WINDOW],
            num_beams=BEAMS, max_new_tokens=NEW_TOKENS, min_new_tokens=NEW_TOKENS,
        )  # fmt: skip

    @torch.inference_mode()
    def tag(self, ids: "torch.Tensor") -> None:
        for window in _within(ids, TAGGER_IDS).split(TAGGER_WINDOW, dim=1):
            self.tagger(window).logits.argmax(-1)


def _within(ids: "torch.Tensor", vocabulary: int) -> "torch.Tensor":
    return FIRST_ID + ids % (vocabulary - FIRST_ID)


def _ids(texts: list[str]) -> "list[torch.Tensor]":
    """The texts as ids of the embedded encoder's tokens, each a row."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(
        str(default_enricher()._encoder.files.folder / "tokenizer.json")
    )
    tokenizer.no_truncation()
    tokenizer.no_padding()
    rows = (tokenizer.encode(text, add_special_tokens=False).ids for text in texts)
    return [torch.tensor([row], device=DEVICE) for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=96)
    parser.add_argument("--peer-articles", type=int, default=4)
    parser.add_argument("--words", type=int, default=articles_per_second.WORDS)
    options = parser.parse_args()
    texts = articles_per_second.articles(options.articles, options.words)
    run = ours(texts)
    ours(texts[:BATCH])()  # loads the models
    found = [timed("newsarchive: summary, tags, vector", len(texts), run)]
    peer = Peer()
    ids = _ids([text for _, text in texts[: options.peer_articles]])
    peer.tag(ids[0])  # the first call makes ready what the others find
    found += [
        timed("transformers: summarizer", len(ids), lambda: each(peer.summarize, ids)),
        timed("transformers: tagger", len(ids), lambda: each(peer.tag, ids)),
    ]
    both = (sum(one.seconds for one in found[1:]), sum(one.cpu_seconds for one in found[1:]))
    found.append(Timed("transformers: both", len(ids), *both))
    print(f"{torch.get_num_threads()} threads, {DEVICE}; {options.words} words an article")
    print("| | articles | articles/s | CPU s an article | newsarchive is faster |")
    print("|---|---|---|---|---|")
    rate = found[0].articles / found[0].seconds
    for one in found:
        speed = one.articles / one.seconds
        print(
            f"| {one.name} | {one.articles} | {speed:.2f} | {one.cpu_seconds / one.articles:.2f} | {rate / speed:.0f} times |"
        )


if __name__ == "__main__":
    main()
