"""Takes the pictures in docs/images/ of an archive's pages, in a real browser.

    python docs/screenshots.py demo.db

Needs the dev extra (Playwright; Pillow comes with newspaper3k) and a Chromium at /usr/bin/chromium.
"""

import io
import subprocess
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

_IMAGES = Path(__file__).resolve().parent / "images"
_PAGES = {
    "front": "/",
    "article": "/-/article/27",
    "entity": "/-/entity/elon-musk",
    "search": "/-/search?q=meta",
    "filters": "/-/search?q=meta&type=person&since=2024-01-01&by=both",
    "changes": "/-/article/17/changes",
    "edits": "/-/changes",
    "coverage": "/-/coverage/elon-musk",
    "site": "/-/site/tidewire.example",
    "author": "/-/author/Eleanor%20Marsh",
    "names": "/-/entities",
    "health": "/-/health",
}
_SHAPES = {
    "wide": (1280, 1000, "light"),
    "narrow": (390, 844, "light"),
    "dark": (1280, 1000, "dark"),
    "narrow-dark": (390, 844, "dark"),
}
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
              "--disable-component-update", "--disable-sync"]  # fmt: skip


def main(archive: str) -> None:
    """Serve the archive on a free port and take every picture."""
    _IMAGES.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "newsarchive", "--db", archive, "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        line = server.stdout.readline() if server.stdout else ""
        address = next(word for word in line.split() if word.startswith("http"))
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path="/usr/bin/chromium", args=_ARGUMENTS
                )
                for shape, (width, height, scheme) in _SHAPES.items():
                    page = browser.new_page(
                        viewport={"width": width, "height": height}, color_scheme=scheme
                    )
                    for name, path in _PAGES.items():
                        page.goto(address.rstrip("/") + path)
                        _save(page.screenshot(), _IMAGES / f"{name}-{shape}.png")
                browser.close()
        finally:
            server.terminate()


def _save(picture: bytes, path: Path) -> None:
    """Write it with 160 colours, which text needs no more of: a third of the size."""
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(160, Image.Quantize.MAXCOVERAGE).save(
        path, optimize=True
    )


if __name__ == "__main__":
    main(sys.argv[1])
