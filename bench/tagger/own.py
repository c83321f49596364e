"""The project's own labelled sentences, and what is made of them by putting other names in.

Every sixth line is kept for measuring and never varied. In the others each name may give way to
another of its type: one of the gazetteer's, one of another sentence, or one that does not exist.
"""

import hashlib
import random

from archive.records import EntityType
from bench.tagger.sets import OWN, Labelled, marked, own_set
from summarize.gazetteer import Gazetteer
from summarize.name_lists import read_list

_VARIANTS, _SWAP, _INVENTED = 4, 0.75, 0.35
_LETTER: dict[EntityType, str] = {
    "person": "P", "organization": "O", "product": "D", "place": "L", "work": "W", "other": "X",
}  # fmt: skip
_FIELDS = (
    "Labs Systems Technologies Group Robotics AI Health Networks Media Capital Partners Energy "
    "Semiconductor Security Software Motors Games Studios Cloud Biosciences Ventures Analytics"
).split()
_VERSIONS = (
    "2",
    "3",
    "4.5",
    "Pro",
    "Max",
    "Ultra",
    "Mini",
    "X1",
    "S9",
    "One",
    "Air",
    "Go",
    "Studio",
    "5G",
)
_STARTS = "Ar Bel Cor Dra El Fin Gal Hy Ix Jun Ka Lu Mi No Or Pra Qua Ri Sol Ta Ul Ve Wi Xe Yo Zen".split()
_ENDS = (
    "a ba co dex era fy go ia ion ita ix lo ly mo na nix on or ova ra ro sa tra via vo zo".split()
)


def own_sentences() -> tuple[tuple[str, list[Labelled]], tuple[str, list[Labelled]]]:
    """The sentences to train on and those to measure with, each with a name for their cache."""
    source = OWN.read_text(encoding="utf-8")
    lines = [line for line in source.splitlines() if line.strip()]
    dev = lines[::6]
    train = [line for n, line in enumerate(lines) if n % 6]
    swap = _Swap(train)
    made = train + [swap(line) for _ in range(_VARIANTS) for line in train if "|" in line]
    digest = hashlib.sha256("\n".join(made).encode()).hexdigest()[:8]
    return (f"own.train.{digest}", list(own_set(made))), (f"own.dev.{digest}", list(own_set(dev)))


class _Swap:
    """Puts other names into a line; the same ones in each run."""

    def __init__(self, lines: list[str]) -> None:
        self._random = random.Random(7)
        self._pool: dict[EntityType, list[str]] = {kind: [] for kind in _LETTER}
        for entity in Gazetteer.load().entities:
            self._pool[entity.type].append(entity.name)
        for line in lines:
            text, spans = marked(line)
            for start, end, kind in spans:
                self._pool[kind].append(text[start:end])
        self._firsts = [name.title() for common, name in read_list("first_names") if common]
        self._lasts = [name.title() for common, name in read_list("surnames") if common]
        self._pool["place"] += [name.title() for common, name in read_list("places") if common]
        self._pool["organization"] += [name for _, name in read_list("organizations")]

    def __call__(self, line: str) -> str:
        text, spans = marked(line)
        out, last = "", 0
        for start, end, kind in spans:
            out += text[last:start]
            name = text[start:end]
            if self._random.random() < _SWAP and name[0].isupper():
                name = self._other(name, kind)
            out += f"[{name}|{_LETTER[kind]}]"
            last = end
        return out + text[last:]

    def _other(self, name: str, kind: EntityType) -> str:
        choose = self._random.choice
        if kind == "person":
            last = choose(self._lasts)
            if " " not in name:
                return last
            if self._random.random() < _INVENTED:
                return f"{choose(self._firsts)} {last}"
        elif kind in ("organization", "product") and self._random.random() < _INVENTED:
            base = choose(_STARTS) + choose(_ENDS)
            base = choose((base, base, choose(self._lasts)))
            tail = choose(_FIELDS if kind == "organization" else _VERSIONS)
            return choose((base, f"{base} {tail}"))
        name = choose(self._pool[kind])
        return name.translate({ord(mark): None for mark in "|[]"}).strip()
