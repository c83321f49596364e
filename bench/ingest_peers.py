"""What a user of newspaper4k or news-please would write to keep articles; run by bench/ingest.py.

python ingest_peers.py PEER DATABASE < urls   (in an environment in which the peer is installed)
"""

import json
import sqlite3
import sys


def newspaper4k(urls):
    """One after the other, as in its documentation's first example."""
    import newspaper

    for url in urls:
        try:
            article = newspaper.article(url)
        except newspaper.ArticleException:
            continue
        yield url, article.title, article.text, article.authors, article.publish_date


def newspaper4k_threads(urls):
    """With the threads that it offers."""
    import newspaper
    from newspaper.mthreading import fetch_news

    for at in range(0, len(urls), 200):
        articles = [newspaper.Article(url) for url in urls[at : at + 200]]
        for article in fetch_news(articles, threads=16):
            yield article.url, article.title, article.text, article.authors, article.publish_date


def news_please(urls):
    """Downloads with a thread for each address of a batch, then reads one after the other."""
    from newsplease import NewsPlease

    for at in range(0, len(urls), 64):
        found = NewsPlease.from_urls(urls[at : at + 64], request_args={"timeout": 30})
        for url, article in found.items():
            if article and article.maintext:
                yield url, article.title, article.maintext, article.authors, article.date_publish


def main():
    peer, database = sys.argv[1:]
    urls = sys.stdin.read().split()
    connection = sqlite3.connect(database)
    connection.execute(
        "create table articles (url primary key, title, text, authors, published_at)"
    )
    for url, title, text, authors, published_at in globals()[peer](urls):
        row = (url, title, text, json.dumps(authors), str(published_at))
        connection.execute("insert or replace into articles values (?, ?, ?, ?, ?)", row)
        connection.commit()
    connection.close()


main()
