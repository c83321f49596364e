"""The body, decided block by block: a model weighs who kept a block, where it stands, how it looks."""

from collections.abc import Sequence

from ingest.body import MAX_BLOCKS, kept_of, scores, trim, without_copies
from ingest.document import Document
from ingest.features import Hints
from ingest.live_blogs import Post, earliest, latest
from ingest.live_posts import posts_on_page, with_lines
from ingest.voices import Reading


def read(document: Document, hints: Hints, known: Sequence[Post] = ()) -> Reading:
    """Keep the blocks of the page that are the article's text.

    In a live blog each post stands below a line of its time and heading; the oldest and the newest of
    them are its dates.

    Args:
        document: the page.
        hints: what the other voices say that helps to tell its text.
        known: the posts of a live blog, as the page's data give them.
    """
    blocks = document.blocks[:MAX_BLOCKS]
    if not blocks:
        return Reading()
    kept = kept_of(blocks, scores(blocks, hints))
    placed = posts_on_page(document, blocks, kept, known)
    lines = with_lines(blocks, kept, placed, known)
    moments = [
        post.written_at for post in (*(one.post for one in placed), *(known if placed else ()))
    ]
    return Reading(
        text="\n".join(trim(without_copies(lines))) or None,
        published_at=earliest(moments),
        modified_at=latest(moments),
    )
