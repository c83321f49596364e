"""What every worker needs, loaded once: for the process from which the workers are forked, and for it alone.

Importing this module does work, as no other does: a fork server can be given nothing but names of
modules to import. It reads a page, so that the libraries have loaded what they load at their first
use (the model that tells languages takes a third of a second); the workers then begin with it.
"""

import gc

import charset_normalizer  # noqa: F401
import feedparser  # noqa: F401

import ingest.feeds
import ingest.link_files
import ingest.sitemaps
import ingest.sites  # noqa: F401
from archive import Page, times
from ingest.read import read_page

_URL = "https://news.example/2024/03/05/a-page-to-begin-with.html"
_SENTENCE = (
    "The harbour will close at noon on Tuesday, and nobody who keeps a boat there was asked. "
)
_PAGE = f"""<html lang="en"><head><title>A page to begin with</title></head><body><article>
<h1>A page to begin with</h1><p class="byline">By Ada Lindqvist</p><p>5 March 2024</p>
{"".join(f"<p>{_SENTENCE * 3}</p>" for _ in range(6))}</article></body></html>"""

for _parser in ("all", "newspaper3k"):
    read_page(Page(_URL, _URL, times.now(), _PAGE.encode()), _parser)

# What is loaded here stays. To look through it for garbage, a worker would have to copy all of it.
gc.collect()
gc.freeze()
