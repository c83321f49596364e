"""The option --engine, and the Ray cluster that it names: this machine's cores, or another's address.

Ray schedules, moves data and begins again what failed; see https://docs.ray.io/.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click

from archive.errors import NewsarchiveError


class ClusterError(NewsarchiveError):
    """Ray is not installed, or its cluster cannot be reached."""


@dataclass(frozen=True)
class OnRay:
    """The engine ray; without an address it is this machine."""

    address: str | None = None


class EngineType(click.ParamType):  # type: ignore[type-arg]  # older versions have none
    """ "plain", "ray" or "ray=ADDRESS"."""

    name = "engine"

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> OnRay | None:
        """None for the plain engine."""
        if value is None or isinstance(value, OnRay):
            return value
        name, equals, address = str(value).partition("=")
        if name == "ray" and bool(equals) == bool(address):
            return OnRay(address or None)
        if value != "plain":
            self.fail(f"{value!r} is none of: plain, ray, ray=ADDRESS", parameter, context)
        return None


@contextmanager
def cluster(engine: OnRay) -> Iterator[Any]:
    """Ray's module, connected; a cluster that was started here is ended after the block.

    Raises:
        ClusterError: see there.
    """
    # Ray would send statistics of its use to its makers, and nobody has been asked.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Later versions leave this variable alone, and until then each start would say so.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ClusterError(
            "--engine ray", f"Ray is not installed ({error})",
            "Install it with: pip install 'newsarchive[ray]'",
        ) from error  # fmt: skip
    if ray.is_initialized():
        yield ray
        return
    try:
        if engine.address:
            ray.init(engine.address, log_to_driver=False, logging_level="error")
        else:
            ray.init(
                include_dashboard=False, _node_ip_address="127.0.0.1", log_to_driver=False,
                logging_level="error",
            )  # fmt: skip
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise ClusterError(
            f"--engine ray={engine.address or ''}".rstrip("="),
            f"the cluster cannot be reached ({error})",
            "Is it running? See: ray status",
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def data_settings() -> None:
    """What Ray Data does otherwise here than by default."""
    import logging

    from ray.data import DataContext

    context = DataContext.get_current()
    context.enable_progress_bars = False  # there is one of our own
    # A row here holds many pages: each is a block, so that the next free worker takes it.
    context.target_max_block_size = 1
    # A block that fails again and again is told at the end, and stops nothing.
    context.max_errored_blocks = -1
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
