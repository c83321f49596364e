"""The table of docs/ingest.md: newsarchive beside newspaper3k and trafilatura on labelled pages.

    python -m bench.pages FOLDER [FOLDER ...] [--worst N]

Each FOLDER is a set as `bench.labelled` reads it. Speed is pages per second of this process's CPU time, all in
one run; compare the ratios.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from bench.labelled import Figures, Label, Said, read_set, score

Extractor = Callable[[bytes, str], Said]


def newsarchive(page: bytes, url: str) -> Said:
    from ingest import IngestError, parse_article

    try:
        article = parse_article(page, url or None)
    except IngestError:
        return Said()
    day = str(article.published_at or "")[:10]
    return Said(article.text, article.title, day, article.authors)


def newspaper3k(page: bytes, url: str) -> Said:
    from newspaper import Article

    article = Article(url or "http://page.invalid/", fetch_images=False)
    article.download(input_html=page.decode("utf-8", "replace"))
    article.parse()
    day = str(article.publish_date or "")[:10]
    return Said(article.text, article.title, day, tuple(article.authors))


def trafilatura(page: bytes, url: str) -> Said:
    import trafilatura as library

    found = library.bare_extraction(
        page, url=url or None, favor_precision=True, include_comments=False, with_metadata=True
    )
    if found is None:
        return Said()
    authors = tuple((found.author or "").split("; "))
    return Said(found.text or "", found.title or "", (found.date or "")[:10], authors)


EXTRACTORS: dict[str, Extractor] = {
    "newsarchive": newsarchive,
    "newspaper3k": newspaper3k,
    "trafilatura": trafilatura,
}


def measure(extract: Extractor, pages: list[tuple[Label, bytes]]) -> tuple[Figures, float]:
    """The figures of an extractor, and the pages it reads in a second of CPU time."""
    extract(pages[0][1], pages[0][0].url)  # what it imports is not its speed
    said = []
    start = time.process_time()
    for label, page in pages:
        try:
            said.append(extract(page, label.url))
        except Exception as error:  # one that falls over says nothing of that page
            print(f"{label.file}: {type(error).__name__}: {error}")
            said.append(Said())
    seconds = time.process_time() - start
    labels = [label for label, _ in pages]
    return score(zip(labels, said, strict=True)), len(pages) / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--worst", type=int, default=0, help="name the N pages read worst")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    for folder in options.folders:
        pages = read_set(folder)
        print(
            f"\n| {folder.name}, {len(pages)} pages | body F1 | title | date | authors F1 | speed |"
        )
        print("|---|---|---|---|---|---|")
        speeds: dict[str, float] = {}
        for name, extract in EXTRACTORS.items():
            figures, speeds[name] = measure(extract, pages)
            cells = (figures.body, figures.title, figures.date, figures.authors)
            shown = " | ".join("" if cell is None else f"{cell:.3f}" for cell in cells)
            print(f"| {name} | {shown} | {speeds[name]:.1f} |", flush=True)
            ranked = sorted(zip(figures.each, (label.file for label, _ in pages), strict=True))
            for f1, file in ranked[: options.worst]:
                print(f"    {f1:.3f} {file}")
        print(f"newsarchive to newspaper3k: {speeds['newsarchive'] / speeds['newspaper3k']:.2f}")


if __name__ == "__main__":
    main()
