"""Parameters of an address that say where a reader came from, and not what is read.

The names are those that the programs themselves write (Google, Meta, Microsoft, Matomo, HubSpot,
Mailchimp ...); Firefox, AdGuard and ClearURLs take away the same. courlan's pattern is not used: to
it every name that begins with "ga" or ends in "cid" is tracking, so that `?galleryid=7` and
`?galleryid=8` would become one address.
"""

import re
from urllib.parse import unquote_plus

#: Names that mean a campaign, a click, a newsletter or a session wherever they stand.
_ALWAYS = re.compile(
    r"""
    # campaigns: Google, Matomo, Hubspot, Vero, Oly, Adobe, AT Internet, Webtrekk, comScore
    utm | utm_\w+ | gad_\w+ | (?:mtm|pk|piwik|matomo|itm|hsa|vero|oly|bsft)_\w+ | _hs\w+ | __hs\w+ |
    hsctatracking | at_\w+ | xtor | xtcr | wt_mc\w* | wtmc | wt\.[a-z]+(?:_\w+)? |
    ns_(?:mchannel|source|campaign|linkname|fee) | s_cid | s_kwcid | ef_id | elq\w* | et_(?:cid|rid) |
    sc_(?:src|lid|uid|llid|eh) | ss_(?:source|campaign\w*|email_id) | trk(?:campaign|info) | wickedid | icid |
    cmp | cmpid | cmp_id | ncid | ocid | mbid | ito | soc_(?:src|trk) | spm | scm | xnpe_tifc |
    # clicks
    (?:gcl|dcl|fbcl|gbra|wbra|msclk|ycl|yscl|twcl|ttcl|scc|qcl)id | gclsrc | _gl | _ga | _gac | _gid | srsltid |
    igsh(?:id)? | li_fat_id | epik | rdt_cid | _openstat | cjevent | cjdata | irclickid | irgwc | zanpid |
    osclid | rb_clickid | mkevt | mkcid | mkrid | _branch_(?:match_id|referrer) | msockid |
    # what was shared, and on what page
    fb_\w+ | fbadid | __tn__ | __(?:cft|xts)__(?:\[0\])? | __twitter_impression | tw(?:src|camp|term|gr) |
    ref_(?:src|url) | guccounter | guce_\w+ | smid | smtyp | sref | srnd | taid | share_\w+ | mrf(?:huid|cid) |
    gaa_(?:at|n|ts|sig) | amp_(?:js_v|gsa|r|ct) | ampshare | usqp | aoh | replytocom |
    # newsletters
    mc_[ce]id | mkt_tok | emc | regi_id | ml_subscriber(?:_hash)? | dm_i | ck_subscriber_id | __s |
    # sessions
    (?:php|j|asp)sess(?:ion)?id\w* | session_?id | cfid | cftoken | zenid | __cf_chl\w*
    """,
    re.I | re.X,
)

#: Names that elsewhere may be the article's own: taken away only where the path names the article.
_WHERE_PATH_NAMES_IT = re.compile(
    r"""
    ref | referr?er | reff | source | src | via | from | origin | feature | rss | feed | partner | trk |
    campaign(?:_?id)? | cid | eid | share | sharedby | social | newsletter(?:_?id)? | medium | channel |
    traffic_source | sh | nl | te | instance_id | segment_id | user_id | reflink | mod | linkid | intcmp |
    intcid | int_\w+ | clickref | platform | leadsource
    """,
    re.I | re.X,
)

#: What asks for the same article in another form: AMP, for telephones, for paper.
_FORM = re.compile(
    r"(?:_?amp|mobile|is_?mobile|print|printable|printer_?friendly|printversion)=?(?:1|true|yes|y|on)?|"
    r"(?:output|outputtype|view|format|device|layout|type)=(?:amp|print|printable|printer|mobile|touch)",
    re.I,
)

_HEX_SESSION = re.compile(r"sid=[0-9a-f]{24,}", re.I)
#: The last segment of a path that is an article's name: several words, or a long number.
_NAME = re.compile(r"(?:[^\W_]+[-_]){2,}[^\W_]+|\d{5,}|[^\W_]{3,}-\d+")
_MAX_NAME = 300


def names_article(path: str) -> bool:
    """True if the last segment of a path alone says which article is meant."""
    last = path.rstrip("/").rpartition("/")[2]
    return bool(_NAME.search(last[:_MAX_NAME]))


def without_tracking(query: str, path: str) -> str:
    """A query without what says where the reader came from; the rest as it was, in its order."""
    is_named = names_article(path)
    kept = []
    for pair in query.split("&"):
        pair = pair.removeprefix("amp;")  # an ampersand that was escaped twice
        name, _, value = pair.partition("=")
        name = unquote_plus(name)
        if not pair or _ALWAYS.fullmatch(name) or _HEX_SESSION.fullmatch(pair):
            continue
        # A number may be an article's, whatever its name.
        if is_named and not value.isdecimal() and _WHERE_PATH_NAMES_IT.fullmatch(name):
            continue
        kept.append(pair)
    return "&".join(kept)


def without_form(query: str) -> str:
    """A query without what asks for the page in another form (AMP, mobile, print)."""
    return "&".join(pair for pair in query.split("&") if not _FORM.fullmatch(pair))
