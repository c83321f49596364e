"""Lines that are no part of a text, by their wording: pointers, bylines, captions, contacts.

The patterns of the first part are hints to a model, which weighs them with all else, so they may be
wide. Those of the second part decide alone: on text files, which have nothing else to go by, and on blocks
that the model kept.
"""

import re

from ingest.dates import DOTTED_DATE, SLASHED_DATE, WORDED_DATE

#: A pointer leads away from the text.
POINTER = re.compile(
    r"^(?:read (?:more|also|next|the)|see also|also read|more on this|more from|related|recommended|watch|listen|"
    r"lesen sie|mehr zum thema|mehr dazu|lies auch|lire aussi|à lire|leia (?:também|mais)|lea también|lee también|"
    r"leggi anche|les også|läs (?:mer|också)|læs også|czytaj|zobacz|читайте|sign up|subscribe|share|follow|"
    r"advertisement|anzeige|publicidad|photo|image|credit|click here|join|download|get the|don.t miss)\b",
    re.I,
)
#: Two to four words with a capital each, also where all else may be written in any case.
_NAME = r"(?-i:[^\W\d_a-z]\S+(?: [^\W\d_a-z]\S*[^\s,]){1,3})"
#: What stands above a text: a byline with its date, a picture's caption.
ABOVE = re.compile(
    r"^(?:by|written by|posted|published|updated|reported by|von|par|por|di|text|stand|actualizado|publicado|"
    r"publié|mis à jour|veröffentlicht|aktualisiert)\b.*\b(?:19|20)\d\d\b|"
    r"^(?:by|von|par|por|di) [A-Z]\S+(?: [A-Z]\S+){1,3}$|"
    r"^[A-Z]\w+ [A-Z]\w+, [^.]{0,40}\b(?:writer|reporter|correspondent|staff)\b|"
    r"^(?:[A-Z]\w+ \d{1,2}, (?:19|20)\d\d|\d{1,2} [A-Z]\w+ (?:19|20)\d\d) [|·–—-] ",
    re.I,
)
CAPTION = re.compile(
    r"\bphoto(?:graph)?s?(?:/|:| by\b| courtesy)|\bfile photo\b|getty|\b(?:illustration|drawing|picture|image|foto) by\b|"
    r"(?:foto|bild|quelle|credit|crédit|photo|image|source|imago|shutterstock|istock|picture alliance|reuters/|afp/|epa|©)|"
    r"\((?:AP|Reuters|AFP|dpa|EPA)[^)]{0,40}\)$",
    re.I,
)
#: What stands below it.
BELOW = re.compile(
    r"^(?:what readers say|(?:reader )?comments?|related (?:stories|articles|news)|read more|more stories|"
    r"most read|about the authors?|you (?:may|might) also like|recommended(?: for you)?|share this(?: article)?|"
    r"das könnte sie auch|mehr zum thema|topics?|tags?|themen|temas)\W*$",
    re.I,
)
CONTACT = re.compile(
    r"\b(?:can be reached|contact|reach|follow|reporting by|editing by|e-?mail|write to)\b", re.I
)
COPYRIGHT = re.compile(
    r"©|\bcopyright\b|all rights reserved|\(c\)|alle rechte|tous droits|derechos", re.I
)
BYLINE = re.compile(r"^(?:by|von|par|por|di|text|av|af|tekst)\b:? ", re.I)
DATED = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[:.h]\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2}")

# Second part: whole lines that are taken out.

POINTER_LINE = re.compile(
    r"^(?:read (?:more|also|next)|see also|also read|more on this|related|recommended|watch|listen|"
    r"lesen sie auch|mehr zum thema|lire aussi|leia (?:também|mais)|lea también|sign up|subscribe|share|"
    r"advertisement|anzeige|photo|image|credit)\b[^.!?]{0,200}$|^(?:read more|share):|^lesen sie auch:",
    re.I,
)
#: What stands above a text: a byline with its date, a picture's caption.
ABOVE_TEXT = re.compile(
    r"^(?:by|written by|posted|published|updated|reported by|von|text:)\b.*\b(?:19|20)\d\d\b|"
    rf"^(?:by|von) {_NAME}(?:(?:,| and| und| &|, and) {_NAME}){{0,4}}$|"
    r"^[A-Z]\w+ [A-Z]\w+, [^.]{0,40}\b(?:writer|reporter|correspondent|staff)\b|"
    r"^(?:[A-Z]\w+ \d{1,2}, (?:19|20)\d\d|\d{1,2} [A-Z]\w+ (?:19|20)\d\d) [|·–—-] ",
    re.I,
)
#: The place in capitals that a report comes from, its day and agency, and nothing of its text:
#: "LONDON, March 5 (Reuters) -".
DATELINE = re.compile(
    r"^[A-ZÀ-ÖØ-ÞĀ-ŽА-Я][A-ZÀ-ÖØ-ÞĀ-ŽА-Я .'’/-]{1,40}(?:, [^!?;:]{1,40}?)?(?: ?\([^()]{1,30}\))? ?[-–—]+$"
)
#: A day, and nothing else.
DATE_LINE = re.compile(
    rf"^(?:[^\W\d_]{{3,12}},? )?(?:{WORDED_DATE}|{DOTTED_DATE}|{SLASHED_DATE})$", re.I
)
CAPTION_LINE = re.compile(
    r"\bphoto(?:graph)?s?(?:/|:| by\b| courtesy)|\bfile photo\b|getty images|\b(?:illustration|drawing) by\b|"
    r"\((?:AP|Reuters|AFP|dpa)[^)]{0,40}\)$",
    re.I,
)
#: What stands below it: each ends the text where less than a quarter of the words would follow.
BELOW_TEXT = re.compile(
    r"^(?:what readers say|(?:reader )?comments?|related (?:stories|articles|news)|read more|more stories|"
    r"most read|about the authors?|you (?:may|might) also like|recommended(?: for you)?|share this(?: article)?)\W*$",
    re.I,
)
CONTACT_LINE = re.compile(r"\b(?:can be reached|contact|reach|follow)\b.*@", re.I)
#: The heading of the comments, with their number.
COMMENTS_LINE = re.compile(
    r"^(?:what (?:our )?readers say|(?:reader |user )?comments?|kommentare|commentaires|comentarios|"
    r"coment[áa]rios|commenti|reacties)(?: ?\(?\d{1,6}\)?)?\W*$",
    re.I,
)
