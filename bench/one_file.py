"""Measures one file of many articles: how it grows, and how it serves when it has grown.

    python bench/one_file.py build 100000 build/bench-100k.db
    cp build/bench-100k.db build/bench-1m.db
    python bench/one_file.py grow build/bench-1m.db --times 10
    python bench/one_file.py add build/bench-100k.db build/bench-1m.db
    python bench/one_file.py check build/bench-100k.db

`build` writes made-up articles (see made_up.py) by the way that real ones take: saved with their
pages, compared with those before them, summarized, tagged, given a vector, each in its own
transaction; and says after every tenth how fast that was. `grow` makes an archive larger by copying
its articles, where only its size matters (see one_file_grow.py); `add` compares how fast archives of
several sizes take more. `check` says how large each table is, and
how long commands and maintenance take (see one_file_check.py). Ctrl-C leaves a sound archive.
"""

import sys
from pathlib import Path

import click

# Before the folder of this script, in which the names of two packages stand for scripts.
sys.path.insert(0, str(Path(__file__).parent.parent))


@click.group()
def main() -> None:
    """Measure one file of many articles"""


@main.command()
@click.argument("count", type=click.IntRange(1, 10_000_000))
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--words", default=360, show_default=True, help="Median length of an article")
def build(count: int, path: Path, words: int) -> None:
    """Write COUNT articles to a new archive at PATH"""
    from one_file_build import run

    run(count, words, path)


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--runs", default=4, show_default=True, help="Twice so many times 500 articles")
@click.option("--words", default=360, show_default=True, help="Median length of an article")
def add(paths: tuple[Path, ...], runs: int, words: int) -> None:
    """Write the same articles to archives of several sizes in turn, to compare their speed"""
    from one_file_build import add as run

    run(paths, runs, words)


@main.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--times", default=10, show_default=True, help="So many times its size")
def grow(path: Path, times: int) -> None:
    """Copy the articles of the archive at PATH within it"""
    from one_file_grow import run

    run(path, times)


@main.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--vacuum/--no-vacuum", default=True, show_default=True,
              help="Time VACUUM too, which needs as much space again")  # fmt: skip
def check(path: Path, vacuum: bool) -> None:
    """Say how large the archive at PATH is and how long things take"""
    from one_file_check import run

    run(path, vacuum)


if __name__ == "__main__":
    main()
