"""Short articles in scripts without spaces are read whole, and their words are counted by signs."""

import json
import os
import subprocess
import sys

import pytest

from ingest import NotAnArticle, parse_article

JAPANESE = (
    "港と島を結ぶフェリーが、冬の修理を終えて月曜日から再び一時間ごとに運航する。運航会社が三日に発表した。",
    "古い方の船は十一週間ドックに入り、乗客は予定の変更を強いられていた。部品は近くの町工場が作った。",
    "島の小学校は通常の時間割に戻る。パン屋の店主は「漁船で小麦粉を運ぶ日々も悪くなかった」と話した。",
    "減便中に買った切符は四月末まで使える。",
)
CHINESE = (
    "连接港口与小岛的渡轮在冬季检修结束后，将从星期一起恢复每小时一班，航运公司星期二宣布。",
    "两艘船中较旧的一艘在船坞里停了十一个星期，乘客只好改变行程，零件最后由附近的小工厂制造。",
    "岛上的学校恢复了平时的作息。面包店老板说，用渔船运面粉的日子也有意思。",
    "停航期间购买的船票在四月底以前有效。",
)
TITLES = {"ja": "島のフェリー、運航を再開", "zh": "小岛渡轮恢复通航"}
TEXTS = {"ja": JAPANESE, "zh": CHINESE}


def page(language, lines, **data):
    title = TITLES[language]
    says = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": title, **data}
    return f"""<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>
<script type="application/ld+json">{json.dumps(says)}</script></head><body>
<header><nav><a href="/">Home</a> <a href="/world">World</a></nav></header>
<main><article><h1>{title}</h1>{"".join(f"<p>{line}</p>" for line in lines)}</article></main>
<footer>© 2024 All rights reserved.</footer></body></html>""".encode()


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("language", ["ja", "zh"])
def test_a_short_article_is_read_to_its_last_paragraph(language, count):
    lines = TEXTS[language][-count:]
    article = parse_article(page(language, lines))
    assert (article.title, article.text.split("\n\n")) == (TITLES[language], list(lines))


@pytest.mark.parametrize("language", ["ja", "zh"])
def test_a_body_in_the_data_is_enough(language):
    article = parse_article(page(language, (), articleBody="\n\n".join(TEXTS[language])))
    assert "".join(article.text.split()) == "".join(TEXTS[language])


@pytest.mark.parametrize(("language", "words"), [("ja", 9), ("zh", 9)])
def test_what_is_too_short_is_counted_in_signs(language, words):
    with pytest.raises(NotAnArticle, match=f"only {words} words of text were found"):
        parse_article(page(language, TEXTS[language][-1:]))


def test_votes_count_signs_too():
    votes = parse_article(page("zh", CHINESE, articleBody="".join(CHINESE))).votes
    said = {vote.extractor: json.loads(vote.value) for vote in votes if vote.field == "text"}
    assert said["jsonld"] == {"words": said["paragraphs"]["words"], "agreement": 1.0}


def test_a_word_with_its_reading_beside_it_parts_no_paragraph():
    word = "<ruby><rb>埠頭</rb><rp>（</rp><rt>ふとう</rt><rp>）</rp></ruby>"
    first = JAPANESE[0].replace("島", word)
    article = parse_article(page("ja", (first, *JAPANESE[1:])))
    assert article.text.split("\n\n") == [
        JAPANESE[0].replace("島", "埠頭（ふとう）"),
        *JAPANESE[1:],
    ]


def test_newspaper3k_reads_chinese_without_a_word_on_stderr_and_a_file(tmp_path):
    (tmp_path / "page.html").write_bytes(page("zh", CHINESE))
    (tmp_path / "tmp").mkdir()
    read = "import sys, ingest; print(ingest.parse_article(open(sys.argv[1], 'rb').read(), parser='newspaper3k').text)"
    done = subprocess.run(
        [sys.executable, "-c", read, str(tmp_path / "page.html")],
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp"), "PYTHONIOENCODING": "utf-8"},
        capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert CHINESE[1] in done.stdout
    assert done.stderr == ""
    assert not list((tmp_path / "tmp").glob("*jieba*"))
