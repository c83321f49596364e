"""Where models compute, how precisely, and what is done when memory does not suffice."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeVar

Precision = Literal["auto", "float32", "bfloat16"]
Item = TypeVar("Item")
Result = TypeVar("Result")


def best_device() -> str:
    """The GPU where there is one."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def dtype_for(precision: Precision, device: str) -> Any:
    """The torch type to compute in.

    "auto" is bfloat16 where the device has instructions for it; else float16 on a GPU, float32 on a
    processor.
    """
    import torch

    if precision != "auto":
        return getattr(torch, precision)
    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    # There is no public question for this yet; where the private one is gone, float32 is safe.
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return torch.bfloat16 if supported() else torch.float32


def in_batches(
    compute: Callable[[Sequence[Item]], Result], batches: Sequence[Sequence[Item]]
) -> Iterator[tuple[Sequence[Item], Result]]:
    """Compute batch after batch; one that memory does not suffice for is done in halves.

    So are those after it: a batch of its size would fail again.

    Yields:
        The batches as they were done, in their order, each with its result.

    Raises:
        MemoryError, torch.OutOfMemoryError: memory does not suffice for a single item.
    """
    left = list(reversed(batches))
    most: int | None = None
    while left:
        batch = left.pop()
        if most is not None and len(batch) > most:
            left += [batch[most:], batch[:most]]
            continue
        try:
            result = compute(batch)
        except Exception as error:
            if not is_out_of_memory(error) or len(batch) == 1:
                raise
            most = len(batch) // 2
            left.append(batch)
        else:
            yield batch, result
            continue
        # Not in the handler: the traceback of the error holds what the batch took.
        _free_memory()


def is_out_of_memory(error: BaseException) -> bool:
    """True for Python's error, torch's, and that of torch's allocator for processors."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    told = str(error)
    is_allocator = "can't allocate memory" in told or "not enough memory" in told
    return isinstance(error, RuntimeError) and is_allocator


def _free_memory() -> None:
    import gc
    import sys

    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
