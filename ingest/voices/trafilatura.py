"""What trafilatura says: the body, which it finds best of all, and metadata.

Barbaresi, "Trafilatura: A Web Scraping Library and Command-Line Tool for Text Discovery and
Extraction", ACL 2021 demonstrations.
"""

import copy

from ingest.body import complete, prepare
from ingest.document import Document
from ingest.voices import Reading


def read(document: Document) -> Reading:
    """Run trafilatura, preferring precision; a page on which it fails says nothing."""
    import trafilatura

    tree = prepare(document.copy_of_tree())
    try:
        found = trafilatura.bare_extraction(
            copy.deepcopy(tree),
            url=document.url,
            favor_precision=True,
            include_comments=False,
            with_metadata=True,
        )
    except Exception:  # it meets odd pages with whatever error it falls over
        return Reading()
    if found is None:
        return Reading()
    fields = found.as_dict()
    return Reading(
        title=fields.get("title"),
        authors=tuple(name for name in (fields.get("author") or "").split("; ") if name),
        published_at=fields.get("date"),
        text=complete(tree, fields.get("text") or "") or None,
        description=fields.get("description"),
        language=fields.get("language"),
        image_url=fields.get("image"),
    )
