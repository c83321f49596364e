"""What trafilatura says the body is.

Barbaresi, "Trafilatura: A Web Scraping Library and Command-Line Tool for Text Discovery and
Extraction", ACL 2021 demonstrations.
"""

from ingest.document import Document
from ingest.voices import Reading


def read(document: Document) -> Reading:
    """Run trafilatura on a copy of the tree; a page on which it fails says nothing.

    Its fallbacks and its metadata are not asked for: they cost more than its body, and other voices
    say the same.
    """
    import trafilatura

    try:
        found = trafilatura.bare_extraction(
            document.copy_of_tree(),
            url=document.url,
            fast=True,
            include_comments=False,
            with_metadata=False,
        )
    except Exception:  # it meets odd pages with whatever error it falls over
        return Reading()
    return Reading(text=(found.text or None) if found is not None else None)
