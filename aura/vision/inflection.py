"""Words with the endings that a language hangs to them: Turkish "gömleğim" (my shirt) is "gömlek".

A lexicon knows words as a dictionary has them. Here an ending is taken off again, and what it softened becomes hard:
k, p, t and ç before a vowel are written ğ (or g), b, d and c. Which endings there are is the language's data
(``lexicons/<language>.yaml``, key ``endings``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

# The longest ending ("lerimizden"), and the shortest word that any ending is taken off.
_LONGEST, _SHORTEST = 10, 3
# Shorter words take only what cannot be another word: not "yazi" as a form of "yaz".
_SHORT = 4


class Inflection:
    """The endings of one language, in small letters with one kind of i.

    Args:
        endings: ``any``: a pattern of what may follow a word; ``short``: of what may follow a word of three letters;
            ``hard``: what a last letter is before it is softened; ``unless``: words that are no inflected ones.

    Raises:
        ValueError: something else is told.
    """

    def __init__(self, endings: Mapping[str, Any]) -> None:
        unknown = set(endings) - {"any", "short", "hard", "unless"}
        if unknown:
            raise ValueError(f"endings have no {sorted(unknown)}")
        self._any = re.compile(endings["any"])
        self._short = re.compile(endings["short"])
        self._hard: Mapping[str, str] = endings["hard"]
        self._unless = frozenset(endings["unless"])

    def stems(self, phrase: str) -> Iterator[str]:
        """What the phrase may be without the ending of its last word, the longest first; never the phrase itself."""
        last = phrase[phrase.rfind(" ") + 1 :]
        if last in self._unless:
            return
        for cut in range(1, min(_LONGEST, len(last) - _SHORTEST) + 1):
            ending = self._any if len(last) - cut >= _SHORT else self._short
            if ending.fullmatch(last, len(last) - cut):
                stem = phrase[:-cut]
                yield stem
                if stem[-1] in self._hard:
                    yield stem[:-1] + self._hard[stem[-1]]


def find_stem(phrase: str, known: Mapping[str, str], inflections: Iterable[Inflection]) -> str | None:
    """The value of the word that a phrase is an inflected form of."""
    found = (known[stem] for each in inflections for stem in each.stems(phrase) if stem in known)
    return next(found, None)
