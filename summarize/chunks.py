"""Texts longer than a model reads at once, cut between sentences."""

from collections.abc import Sequence


def chunks(lengths: Sequence[int], room: int) -> list[list[int]]:
    """Places of sentences in chunks of at most `room` tokens, about equally long, in order.

    lengths are the tokens of each sentence. A sentence longer than the room is in no chunk: it is
    never cut, and no prose has one.
    """
    fitting = [at for at, length in enumerate(lengths) if 0 < length <= room]
    total = sum(lengths[at] for at in fitting)
    if not total:
        return []
    # As many as are needed; then as even as whole sentences allow.
    wanted = -(-total // room)
    while True:
        found = _packed(lengths, fitting, room, -(-total // wanted))
        if len(found) <= wanted or wanted >= len(fitting):
            return found
        wanted = len(found)


def _packed(lengths: Sequence[int], places: Sequence[int], room: int, aim: int) -> list[list[int]]:
    """Chunks that are closed once they have reached what is aimed at, or would pass the room."""
    found: list[list[int]] = []
    held = 0
    for at in places:
        if not found or held + lengths[at] > room or held >= aim:
            found.append([])
            held = 0
        found[-1].append(at)
        held += lengths[at]
    return found
