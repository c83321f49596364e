"""jieba, which parts the words of Chinese pages for newspaper3k, without its lines on stderr and its file in /tmp.

The file is a cache under a name that all users of a machine share, and whatever stands there is loaded.
"""

import logging
import math
from functools import cache


@cache
def quiet_jieba() -> None:
    """Have jieba say nothing but errors, and make its list of words in memory when it is first needed."""
    import jieba

    def initialize(_dictionary: str = "") -> None:  # it is always called with that of jieba
        with jieba.DICT_LOCK:
            if jieba.initialized:
                return
            words, counts, total = jieba.gen_pfdict(jieba.get_abs_path_dict())
            jieba.pfdict, jieba.total = words, total
            jieba.FREQ = {word: math.log(count / total) for word, count in counts.items()}
            jieba.min_freq = min(jieba.FREQ.values())
            jieba.initialized = True

    jieba.setLogLevel(logging.ERROR)
    jieba.initialize = initialize
