"""WARC files of a small press, for the tests of the engines: articles, copies, and what is none."""

import io
import random

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

WORDS = """
anchor barge berth bollard breeze bridge buoy cabin cable canal captain cargo chart coal coast crane crew
current deck dock engine ferry fleet fog freight gale gull harbour hatch haul hull island jetty keel knot
""".split()


def prose(number, sentences=12):
    """Text that no other number has."""
    chance = random.Random(number)
    lines = (" ".join(chance.choices(WORDS, k=9)).capitalize() for _ in range(sentences))
    return ". ".join(lines) + "."


def story(number, month=3, text=None, extra=""):
    """A page with an article of 2024."""
    title = f"The {WORDS[number % len(WORDS)]} of part {number}"
    moment = f"2024-{month:02}-{1 + number % 28:02}T10:11:12Z"
    return (
        f"<html lang=en><head><title>{title}</title>"
        f'<meta property="article:published_time" content="{moment}"></head>'
        f"<body><article><h1>{title}</h1><p>By Ada Lindqvist</p>"
        f"<p>{text or prose(number)}</p></article>{extra}</body></html>"
    )


def write_warc(path, pages, day=5):
    """Write pages, (address, HTML) each, as a crawler does; a second between one and the next."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number, (url, html) in enumerate(pages):
            body = html.encode()
            http = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            minute, second = divmod(number, 60)
            date = f"2024-05-{day:02}T09:{minute:02}:{second:02}Z"
            writer.write_record(
                writer.create_warc_record(
                    url, "response", payload=io.BytesIO(body), length=len(body),
                    http_headers=http, warc_headers_dict={"WARC-Date": date},
                )
            )  # fmt: skip
    return path
