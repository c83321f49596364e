"""Measures the reader.

    python bench/serve.py make 100000 build/bench-100k.db
    python bench/serve.py load build/bench-100k.db

`make` writes an archive of made-up articles (see serve_archives.py); `load` serves it on a loopback
port, asks for each kind of page, and prints times as a table (see serve_load.py).
"""

from pathlib import Path

import click


@click.group()
def main() -> None:
    """Measure the reader"""


@main.command()
@click.argument("count", type=click.IntRange(1, 10_000_000))
@click.argument("path", type=click.Path(path_type=Path))
def make(count: int, path: Path) -> None:
    """Write an archive of COUNT articles to PATH"""
    from serve_archives import make

    make(count, path)


@main.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--requests", default=120, show_default=True, help="Requests for each number")
@click.option("--memory", default=0, help="So many mixed requests more, to see memory stay flat")
def load(path: Path, requests: int, memory: int) -> None:
    """Serve PATH and time each kind of page"""
    from serve_load import run

    run(path, requests, memory)


if __name__ == "__main__":
    main()
