"""Titles as people write them, for finding a film by its title."""

import functools
import re
import unicodedata

ARTICLE_LAST = re.compile(r"^(?P<rest>.+), (?P<article>the|a|an|le|la|les|l'|el|il|der|die|das)$")


@functools.lru_cache(None)
def fold(text):
    """`text` without case and accents."""
    plain = unicodedata.normalize('NFKD', text)
    return ''.join(c for c in plain if not unicodedata.combining(c)).casefold()


@functools.lru_cache(None)
def article_first(text):
    """Folded `text` with a trailing article moved to its front."""
    text = fold(text)
    moved = ARTICLE_LAST.match(text)
    if not moved:
        return text
    article = moved['article']
    return article + moved['rest'] if article.endswith("'") else f'{article} {moved["rest"]}'
