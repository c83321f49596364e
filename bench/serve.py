"""Measures the reader.

    python bench/one_file.py build 100000 build/bench-100k.db
    python bench/serve.py build/bench-100k.db

It serves the archive on a loopback port, asks for each kind of page, and prints times as a table (see
serve_load.py). What is printed of an archive while it is being written to is true of that moment.
"""

from pathlib import Path

import click


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--requests", default=120, show_default=True, help="Requests for each number")
@click.option("--only", default="", help="Only kinds of pages whose name contains this")
@click.option("--memory", default=0, help="So many mixed requests more, to see memory stay flat")
@click.option("--workers", default=1, show_default=True, help="Processes that answer")
def main(path: Path, requests: int, only: str, memory: int, workers: int) -> None:
    """Serve PATH and time each kind of page"""
    from serve_load import run

    run(path, requests, only, memory, workers)


if __name__ == "__main__":
    main()
