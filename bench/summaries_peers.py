"""What a user of sumy would write to summarize; run by bench/summaries.py in an environment with sumy.

python summaries_peers.py < articles.jsonl > summaries.jsonl   (lists of sentences in, text out)

sumy's own way of finding sentences needs a download; it is given the sentences.
"""

import json
import re
import sys


class Sentences:
    """sumy's tokenizer protocol, over sentences that have been found already."""

    def __init__(self, sentences):
        self._sentences = sentences

    def to_sentences(self, _paragraph):
        return tuple(self._sentences)

    def to_words(self, sentence):
        return tuple(re.findall(r"[^\W_]+", sentence))


def main():
    from sumy.nlp.stemmers import Stemmer
    from sumy.parsers.plaintext import PlaintextParser
    from sumy.summarizers.lex_rank import LexRankSummarizer
    from sumy.utils import get_stop_words

    summarizer = LexRankSummarizer(Stemmer("english"))
    summarizer.stop_words = get_stop_words("english")
    for line in sys.stdin:
        request = json.loads(line)
        parser = PlaintextParser("one paragraph", Sentences(request["sentences"]))
        chosen = summarizer(parser.document, request["count"])
        print(json.dumps(" ".join(str(sentence) for sentence in chosen)), flush=True)


main()
