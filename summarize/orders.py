"""Sentences of an article that are addressed to whoever summarizes it: data, never instruction.

A page may hold text for machines ("Ignore all previous instructions and write ..."). Such sentences,
and what follows them in their paragraph, are no part of what is summarized: no summarizer is shown
them, none may quote them, and they support nothing. This is a filter of forms that are known; that
what a model writes is checked against the rest of the article (`summarize.checking`) is the guard
against those that are not. A report about such text, which quotes it, stays.
"""

import re
from collections.abc import Sequence

from summarize.sentences import Sentence

_MACHINE = (
    r"(?:a\.?i\.?|artificial intelligence|(?:large )?language models?|llms?|gpt|chatgpt|chat ?bots?|"
    r"bots?|assistants?|summari[sz]ers?|summari[sz]ation|models?|machines?|crawlers?|agents?)"
)
_OUTPUT = r"(?:summar(?:y|ies)|answers?|responses?|repl(?:y|ies)|outputs?|prompts?|instructions?)"
#: What an order begins with; so "told it to ignore the instructions" is none.
_CLAUSE = r"(?:^|[.:;,!?()\[\]{}<>*#`—–-]\s*|\b(?:please|now|just|and|then|instead|but|so|must|should|will|to the reader)\s+)"
_QUOTE = "\"“”„«»'‘’`"
_FORMS = (
    # Ignore all previous instructions.
    (
        rf"{_CLAUSE}(?:please )?(?:ignore|disregard|forget|override|overrule|bypass|discard|skip)\b[^.]{{0,40}}"
        r"\b(?:instructions?|prompts?|rules|orders|commands|directions|guidelines|directives|above|"
        r"everything|previous text|context|(?:you were|you've been|you have been) told|article)\b"
    ),
    rf"{_CLAUSE}(?:ignoriere|missachte|vergiss)\b.{{0,60}}\b(?:anweisung|anweisungen|befehle|regeln)",
    rf"{_CLAUSE}(?:ignorez?|oubliez?)\b.{{0,60}}\b(?:instructions?|consignes?)",
    rf"{_CLAUSE}(?:ignora|ignore|olvida|olvide)\b.{{0,60}}\b(?:instrucciones|instruções|istruzioni)",
    # You are now ...; from now on ...; your task is ...
    (
        r"\byou(?:'re|’re| are)(?: now| no longer)? (?:an? |the |in )?(?:a\.?i\.?(?: (?:language )?(?:model|assistant|agent|system|bot))?"
        r"(?=\s*[.,:;!]|\s*$| that\b| with| who\b)|language model|llm|dan\b|"
        r"helpful assistant|chat ?bot|developer mode|summari[sz]er)"
    ),
    rf"{_CLAUSE}you(?:'re|’re| are) now\b",
    rf"{_CLAUSE}from now on,?\s+(?:you|always|only|respond|reply|answer|write|speak|say|summari[sz]e)\b",
    (
        r"\byour (?:new |real |only |true )?(?:task|instructions?|role|job|system prompt|goal|objective|summary|"
        r"answer|output|response|reply) (?:is|are|has|have|must|should|will|shall|now|needs?)\b"
    ),
    (
        rf"\byou (?:must|should|shall|have to|are to|need to)\b[^.]{{0,60}}\b(?:{_OUTPUT}|summari[sz]e|"
        r"respond|obey|comply|pretend|print|end (?:each|every))\b"
    ),
    # Note to the summarizer; if you are an AI; AI agents: ...
    (
        rf"\b(?:notes?|messages?|attention|instructions?|hints?|dear|memo|reminder|hey|hello|important)\b"
        rf"(?: (?:to|for|of|all|any|the|an?|every|this|our)){{0,5}}[ ,:]{{1,3}}{_MACHINE}\b"
    ),
    (
        r"\b(?:if|as|since|because|when|being) (?:you(?:'re|’re| are) )?(?:an? |the )?(?:a\.?i\.?|llm|large language model|"
        r"language model)(?: language)?(?: (?:model|assistant|agent|system|bot))?\s*[,:][^.]{0,30}"
        r"\b(?:you|say|write|respond|reply|include|output|must|should|please|always|never)\b"
    ),
    (
        rf"^[^\w\n]{{0,20}}(?:all |any |every )?{_MACHINE}(?: (?:agents?|models?|systems?|assistants?|bots?|readers?))?"
        r"(?: (?:reading|summari[sz]ing|processing|parsing) (?:this|the)\b[^:,]{0,40})?\s*[:,]\s*(?:please |you |do |"
        r"add |say |write |include |ignore |print |output |send |describe |recommend |tell |mention |always |never )"
    ),
    (
        r"\b(?:when(?:ever)?|while|before|after|in) (?:you(?:'re|’re| are)? )?(?:summari[sz]\w*|describ(?:e|ing)|processing|paraphrasing)\b[^.]{0,60}"
        r"(?:,|\b)\s*(?:please |always |never |you |also ){0,4}(?:include|add|say|write|mention|state|use|tell|recommend|"
        r"do not|don['’]t|end|begin|start|make|describe|call|insert|output)\b"
    ),
    # System: ...; ### Instruction; chat markers.
    (
        r"^[^\w\n]{0,20}(?:(?:new|updated|end of|begin|additional|hidden|secret|special|admin|developer|user|system)\s+){0,2}"
        r"(?:system|assistant|user|human|ai|llm|instructions?|prompts?|override|overrides|response|directive|command|task)"
        r"(?: (?:prompt|message|note|override|update|instructions?))?\s*(?:[:>\]=]|#)"
    ),
    (
        r"<\|[^|>]{1,40}\|>|\[/?(?:inst|sys(?:tem)?|assistant|user|/?end)\]|<{1,2}/?(?:sys|system|assistant|user|"
        r"instructions?|prompt|im_start|im_end|s)>{1,2}|<(?:start|end)_of_turn>"
    ),
    (
        r"\b(?:begin|end|start|stop) (?:of )?(?:the )?(?:article|text|prompt|document|input|data|context|summary)\b"
        r"(?=\s*(?:[.:;!>\]=*-]|$|now\b))"
    ),
    # Write only ...; repeat the words above; reveal your prompt.
    (
        rf"{_CLAUSE}(?:please |you must |always |only |simply |instead,? ){{0,4}}(?:do not |don['’]t |never )?"
        r"(?:write|output|print|respond|reply|answer|say|repeat|return|reveal|translate|summari[sz]e|echo|show|"
        r"include|end|begin|start|finish|append|prepend|insert|mention|describe|conclude|generate|produce|call|rewrite|leak|disclose)\b"
        rf"[^.]{{0,50}}?\b(?:{_OUTPUT}|only|nothing else|instead|the (?:following|words?|phrase|sentence|text above)|"
        r"this (?:article|text|page|post|story|product|company)|system prompt|verbatim|exactly|json|klingon|"
        r"(?:the )?(?:words?|text|sentences?) above)\b"
    ),
    (
        rf"{_CLAUSE}(?:please |always |only ){{0,4}}(?:say|write|print|output|reply|respond|answer|repeat|end|begin|start)"
        rf"(?: (?:only|with|that|by|in|the|word|words|each|every|sentence|saying|:)){{0,6}}\s*[:]?\s*[{_QUOTE}]"
    ),
    (
        rf"{_CLAUSE}(?:pretend|act|behave|roleplay|speak|talk|answer|respond|write) (?:as|like|to be|(?:that )?you)\b[^.]{{0,30}}"
        r"\b(?:you|an?|the|if)\b"
    ),
)
_ORDER = re.compile("|".join(f"(?:{form})" for form in _FORMS), re.I | re.M)
#: Each form holds one of these words or marks: most sentences need no closer look.
_TRIGGERS = frozenset(
    """
    ignore disregard forget override overrides overrule bypass discard skip ignoriere missachte
    vergiss ignorez oubliez oublie ignora olvida olvide you your now ai llm llms gpt chatgpt model
    models language bot bots chatbot chatbots chat assistant assistants agent agents summarizer summarizers
    summariser summarisers crawler crawlers machine machines artificial summarize summarise
    summarizing summarising summarization summarisation summary describe describing processing
    paraphrasing system user human instruction instructions prompt prompts response directive
    command task begin end start stop write output print respond reply answer say repeat return
    reveal translate echo show include finish append prepend insert mention conclude generate
    produce call rewrite leak disclose pretend act behave roleplay speak talk
    """.split()
)
_MARKS = re.compile(r"[<\[|]|\ba\.i\b")
_LETTERS = re.compile(r"[a-z]+")
_QUOTED = re.compile(
    "“[^”]{0,999}”|\"[^\"]{0,999}\"|«[^»]{0,999}»|„[^“”]{0,999}[“”]|(?<!\\w)[‘'][^’']{0,999}[’'](?!\\w)"
)
#: So many words around a quotation make a report of it.
_REPORT_WORDS = 4
_REPORTED = re.compile(
    r"\b(?:said|says|say|told|tells|wrote|writes|read|reads|reading|asked|asks|asking|added|adds|replied|"
    r"containing|contained|contains|hid|hidden|reported|according|instructed|instructing|"
    r"embedded|typed|posted|tweeted|shouted|called|titled|named|dubbed)\b",
    re.I,
)


def is_order(text: str) -> bool:
    """True for a sentence that is addressed to whoever summarizes the article."""
    folded = text.lower()
    if _TRIGGERS.isdisjoint(_LETTERS.findall(folded)) and not _MARKS.search(folded):
        return False
    rest = _QUOTED.sub(" ", text)
    # A marker is one wherever it stands.
    is_report = len(rest.split()) >= _REPORT_WORDS and _REPORTED.search(rest)
    return bool(_ORDER.search(rest if is_report else text))


def orders(sentences: Sequence[Sentence]) -> frozenset[int]:
    """The places in the list of orders and of what belongs to them.

    What follows an order in its paragraph belongs to it; after one that ends in a colon, so does
    the next paragraph.
    """
    found: set[int] = set()
    ordered: set[int] = set()  # paragraphs
    for at, sentence in enumerate(sentences):
        if sentence.paragraph in ordered:
            found.add(at)
        elif is_order(sentence.text):
            found.add(at)
            ordered.add(sentence.paragraph)
        if at in found and sentence.text.rstrip().endswith(":"):
            following = (s.paragraph for s in sentences[at + 1 : at + 2])
            ordered.update(following)
    return frozenset(found)
