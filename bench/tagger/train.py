"""Train the tagger's head on the frozen encoder.

    python bench/tagger/train.py DATA CACHE [--epochs 6] [--seed 1] [--out FILE.safetensors]

DATA is a folder of labelled sets (uner_ewt, wnut17, btc, crossner_*: see sets.py), CACHE a folder
for the encoder's states (about 3 GB), computed once. The result is what summarize/data ships.
Recipe and figures: summarize/data/tagger.md.
"""

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.tagger.own import own_sentences
from bench.tagger.sets import APART, Labelled, own_set, public_set
from summarize.crf import LABELS
from summarize.detector import NameDetector
from summarize.devices import dtype_for
from summarize.encoder import Encoder, PieceStates
from summarize.name_lists import FEATURES, NameLists
from summarize.tagger_head import HeadConfig, TaggerHead, spelling
from summarize.words import split_words, words_of_pieces

BATCH_WORDS, RATE, WARM_UP, DECAY = 700, 8e-4, 200, 0.9985
RECASED, LISTS_OFF, LIST_DROPOUT = 0.18, 0.15, 0.1
DEV = ("uner_ewt.dev", "wnut17.dev")
#: The lists' bits that come from names of several words; these are sometimes hidden in training.
_NAME_BITS = range(6, len(FEATURES))


@dataclass(frozen=True)
class Part:
    """A set with the encoder's states of its words: states[first[n]:first[n + 1]] for sentence n."""

    sentences: list[Labelled]
    states: np.ndarray
    first: np.ndarray
    masks: list[list[int]]


def cached(name: str, sentences: list[Labelled], cache: Path, lists: NameLists) -> Part:
    """Compute the states of a set, or read them from the cache."""
    first = np.cumsum([0, *(len(s.words) for s in sentences)])
    path = cache / f"{name}.npy"
    if not path.exists():
        encoder = Encoder()
        width = encoder.layers * encoder.dimensions
        out = np.lib.format.open_memmap(
            path.with_suffix(".part"), "w+", np.float16, (int(first[-1]), width)
        )
        starts = [np.array(split_words(s.text).starts) for s in sentences]

        def read(batch: PieceStates) -> None:
            rows = [
                (text, row * batch.layers[0].shape[1], words_of_pieces(offsets, starts[text]))
                for row, (text, offsets) in enumerate(zip(batch.texts, batch.offsets, strict=True))
                if len(offsets)
            ]
            places, cells, count = [], [], 0
            for _, at, words in rows:
                places.append(np.arange(at + 1, at + 1 + len(words)))
                cells.append(count + words - words[0])
                count += int(words[-1] - words[0]) + 1
            where = (
                torch.from_numpy(np.concatenate(cells))
                if cells
                else torch.zeros(0, dtype=torch.long)
            )
            pieces = torch.from_numpy(np.concatenate(places)) if places else where
            counts = torch.bincount(where, minlength=count).clamp(min=1).unsqueeze(1)
            means = torch.cat([
                torch.zeros(count, layer.shape[2]).index_add_(0, where, layer.flatten(0, 1)[pieces].float())
                for layer in batch.layers
            ], 1).div_(counts).half().numpy()  # fmt: skip
            at = 0
            for text, _, words in rows:
                low, high = int(words[0]), int(words[-1]) + 1
                out[first[text] + low : first[text] + high] = means[at : at + high - low]
                at += high - low

        encoder.encode([s.text for s in sentences], read)
        out.flush()
        path.with_suffix(".part").rename(path)
    states = np.load(path, mmap_mode="r")
    return Part(sentences, states, first, [lists.masks(s.words) for s in sentences])


def recased(words: Sequence[str], random_: random.Random) -> tuple[str, ...]:
    """The words as a careless or a shouting writer sets them; the encoder sees no difference."""
    style = random_.random()
    if style < 0.55:
        return tuple(word.lower() for word in words)
    if style < 0.75:
        return tuple(word.upper() for word in words)
    return tuple(word[:1].upper() + word[1:] for word in words)


def batches(
    parts: Sequence[tuple[Part, int]], random_: random.Random
) -> Iterator[list[tuple[Part, int]]]:
    """Sentences of like length together, about BATCH_WORDS words a batch, in random order."""
    every = [
        (part, n) for part, times in parts for _ in range(times) for n in range(len(part.sentences))
    ]
    every = [(part, n) for part, n in every if part.sentences[n].words]
    every.sort(key=lambda entry: len(entry[0].sentences[entry[1]].words) + random_.uniform(0, 4))
    made: list[list[tuple[Part, int]]] = [[]]
    for part, n in every:
        width = len(part.sentences[n].words)
        if made[-1] and (len(made[-1]) + 1) * width > BATCH_WORDS:
            made.append([])
        made[-1].append((part, n))
    random_.shuffle(made)
    yield from made


def tensors(batch: Sequence[tuple[Part, int]], random_: random.Random | None):
    """States (rows, words, width), spelling and allowed labels of a batch."""
    rows = [part.sentences[n] for part, n in batch]
    width = max(len(row.words) for row in rows)
    states = np.zeros((len(rows), width, batch[0][0].states.shape[1]), np.float16)
    allowed = np.zeros((len(rows), width, len(LABELS)), bool)
    words = []
    for at, ((part, n), row) in enumerate(zip(batch, rows, strict=True)):
        states[at, : len(row.words)] = part.states[part.first[n] : part.first[n + 1]]
        for k, labels in enumerate(row.allowed):
            allowed[at, k, list(labels)] = True
        allowed[at, len(row.words) :] = True
        is_changed = random_ is not None and random_.random() < RECASED
        words.append(recased(row.words, random_) if random_ and is_changed else row.words)
    spelled = spelling(words, [part.masks[n] for part, n in batch])
    if random_ is not None:
        keep = torch.rand(spelled.lists.shape) > LIST_DROPOUT
        off = torch.rand(len(rows)) < LISTS_OFF
        keep[off, :, _NAME_BITS.start :] = False
        spelled.lists.mul_(keep)
    return torch.from_numpy(states), spelled, torch.from_numpy(allowed)


def emissions_of(head: TaggerHead, states: Tensor, spelled) -> Tensor:
    """The head's emissions, computed in bfloat16 where the processor has instructions for it."""
    is_half = dtype_for("auto", "cpu") is torch.bfloat16
    with torch.autocast("cpu", torch.bfloat16, enabled=is_half):
        x = states.to(torch.bfloat16 if is_half else torch.float32)
        if head.training:
            # One draw for a sentence: a state that is hidden in one word is hidden in all.
            keep = 1.0 - head.config.dropout
            x = x * (torch.rand(len(x), 1, x.shape[2]) < keep).to(x.dtype).div_(keep)
        return head(head.project(x), spelled)


def spans(labels: Sequence[int]) -> set[tuple[int, int, str]]:
    """The entities in a label sequence: first word, word after the last, type."""
    found, start = set(), None
    names = [LABELS[n] for n in labels] + ["O"]
    for at, name in enumerate(names):
        if start is not None and not (name[0] == "I" and name[2:] == names[start][2:]):
            found.add((start, at, names[start][2:]))
            start = None
        if start is None and name != "O":
            start = at
    return found


def evaluate(head: TaggerHead, part: Part) -> dict[str, tuple[float, float, float]]:
    """Precision, recall and F1 over person, organization and place, and of each type."""
    head.eval()
    hit, said, true = (
        dict.fromkeys(("person", "organization", "place", "product", "work", "other"), 0)
        for _ in range(3)
    )
    with torch.inference_mode():
        for batch in batches([(part, 1)], random.Random(0)):
            states, spelled, _ = tensors(batch, None)
            labels, _ = head.crf.decode(emissions_of(head, states, spelled), spelled.mask)
            for row, (p, n) in zip(labels.tolist(), batch, strict=True):
                sentence = p.sentences[n]
                gold = spans([max(a) if 0 not in a else 0 for a in sentence.allowed])
                mine = spans(row[: len(sentence.words)])
                for counter, found in ((hit, gold & mine), (said, mine), (true, gold)):
                    for _, _, kind in found:
                        counter[kind] += 1
    head.train()

    def figures(kinds: Sequence[str]) -> tuple[float, float, float]:
        h, s, t = (sum(c[k] for k in kinds) for c in (hit, said, true))
        return h / max(s, 1), h / max(t, 1), 2 * h / max(s + t, 1)

    return {"all": figures(("person", "organization", "place")), **{k: figures([k]) for k in hit}}


def report(name: str, figures: dict[str, tuple[float, float, float]]) -> str:
    p, r, f = figures["all"]
    rest = " ".join(f"{kind[:3]} {f1:.3f}" for kind, (_, _, f1) in figures.items() if kind != "all")
    return f"{name}: P {p:.3f} R {r:.3f} F1 {f:.4f} | {rest}"


def train(
    parts: Sequence[tuple[Part, int]],
    dev: dict[str, Part],
    epochs: int,
    seed: int,
    head: TaggerHead,
    rate: float,
) -> dict[str, Tensor]:
    """Train; the weights are the moving average over the steps."""
    random_ = random.Random(seed)
    head = head.train()
    average = TaggerHead(head.config)
    average.load_state_dict(head.state_dict())
    optimizer = torch.optim.AdamW(head.parameters(), rate, weight_decay=0.02)
    per_epoch = len(list(batches(parts, random.Random(seed))))
    steps = per_epoch * epochs
    started, step, loss_sum = time.monotonic(), 0, 0.0
    for epoch in range(epochs):
        for batch in batches(parts, random_):
            share = min((step + 1) / WARM_UP, max(0.02, (steps - step) / (steps - WARM_UP)))
            for group in optimizer.param_groups:
                group["lr"] = rate * share
            states, spelled, allowed = tensors(batch, random_)
            loss = head.crf.loss(emissions_of(head, states, spelled), allowed, spelled.mask).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(head.parameters(), 2.0)
            optimizer.step()
            decay = min(DECAY, (step + 1) / (step + 10))
            with torch.no_grad():
                for a, b in zip(average.parameters(), head.parameters(), strict=True):
                    a.lerp_(b, 1 - decay)
            step += 1
            loss_sum += float(loss)
            if step % 200 == 0:
                print(
                    f"epoch {epoch + 1} step {step}/{steps} loss {loss_sum / 200:.3f} {time.monotonic() - started:.0f} s",
                    flush=True,
                )
                loss_sum = 0.0
                if math.isnan(float(loss)):
                    raise SystemExit("the loss is not a number")
        for name, part in dev.items():
            print(report(name, evaluate(average, part)), flush=True)
    return average.state_dict()


def write(path: Path, states: Sequence[dict[str, Tensor]], config: HeadConfig) -> None:
    """Write the weights of one or several heads as `summarize.detector` reads them."""
    from safetensors.torch import save_file

    tensors = {
        f"{number}.{name}": tensor.to(torch.bfloat16).contiguous()
        for number, state in enumerate(states)
        for name, tensor in state.items()
    }
    save_file(tensors, path, {"config": json.dumps(asdict(config)), "heads": str(len(states))})


def main() -> None:
    """Read the sets, train, write the weights with their configuration."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--own", type=int, default=1, help="how often the project's own sentences are seen an epoch"
    )
    parser.add_argument("--start", type=Path, help="go on from these weights")
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--dropout", type=float, default=HeadConfig.dropout)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    args.cache.mkdir(parents=True, exist_ok=True)
    lists = NameLists.load()
    parts, dev = [], {}
    for path in sorted(args.data.glob("*.jsonl")):
        part = cached(path.stem, list(public_set(path)), args.cache, lists)
        if path.stem in DEV:
            dev[path.stem] = part
        else:
            parts.append((part, 1))
    if args.own:
        train_part, dev_part = (cached(*named, args.cache, lists) for named in own_sentences())
        parts.append((train_part, args.own))
        dev["own.dev"] = dev_part
    for path in APART:
        lines = path.read_text(encoding="utf-8").splitlines()
        dev[path.stem] = cached(path.stem, list(own_set(lines)), args.cache, lists)
    print(f"{sum(len(p.sentences) * n for p, n in parts)} sentences", flush=True)
    torch.manual_seed(args.seed)
    config = HeadConfig(dropout=args.dropout)
    head = TaggerHead(config)
    if args.start:
        (first,) = NameDetector(args.start).heads(torch.float32, "cpu")
        head.load_state_dict(first.state_dict())
    state = train(parts, dev, args.epochs, args.seed, head, args.rate)
    if args.out:
        write(args.out, [state], config)


if __name__ == "__main__":
    main()
