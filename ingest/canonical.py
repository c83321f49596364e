"""One address for one article."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

#: Parameters that name a campaign or a click, never an article.
_TRACKING = re.compile(
    r"^(?:utm_\w+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|mkt_tok|ref_src|ref_url|"
    r"cmpid|ncid|smid|xtor|at_\w+|wt_mc|ocid|guccounter|guce_\w+|_ga|_hs\w+|spm)$",
    re.I,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def normalize_url(url: str) -> str:
    """The same address written in one way: lower-case host, no fragment, no tracking parameters.

    Raises:
        ValueError: not a URL.
    """
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    if parts.port and parts.port != _DEFAULT_PORTS.get(parts.scheme):
        host += f":{parts.port}"
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not _TRACKING.match(name)]
    query = parts.query if len(kept) == len(pairs) else urlencode(kept)
    # Without a host, slashes at the start would be read as one the next time.
    path = parts.path or "/" if host else re.sub(r"^/+", "/", parts.path)
    return urlunsplit((parts.scheme.lower(), host, path, query, ""))


def normal(url: str) -> str:
    """The same; what is no URL stays as it is, and whoever fetches it will say so."""
    try:
        return normalize_url(url)
    except ValueError:
        return url


def canonical_url(asked: str, canonical: str | None, open_graph: str | None) -> str:
    """The address of an article: what the page declares where that is plausible, else as asked.

    A declared address is plausible on the site that was asked, unless it is the home page while
    another page was asked for (a common mistake of templates). For a file, which has no site of
    its own, any declared address is.
    """
    for declared in (canonical, open_graph):
        if not declared:
            continue
        try:
            address = normalize_url(declared)
        except ValueError:
            continue
        if asked.startswith("file:"):
            return address
        is_home = urlsplit(address).path in ("", "/") and not urlsplit(address).query
        asked_home = urlsplit(asked).path in ("", "/")
        if site_of(address) == site_of(asked) and (asked_home or not is_home):
            return address
    return normalize_url(asked)


def site_of(url: str | None) -> str | None:
    """The host of an http(s) URL without www., m. and amp.; None for anything else."""
    try:
        parts = urlsplit(url or "")
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    return re.sub(r"^(?:www\d?|m|amp|mobile)\.(?=.+\.)", "", host)
