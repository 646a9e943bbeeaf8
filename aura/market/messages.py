"""Puts findings into words: messages are data, one file per language, with the same keys in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from aura.market.data import load
from aura.market.findings import Finding, Violation


@dataclass(frozen=True, slots=True)
class Messages:
    """The words of one language.

    ``fields`` names the fields as a sentence begins; ``texts`` has, for each code or first part of one, what is
    wrong (``message``) and what to do (``how_to_fix``).
    """

    language: str
    accepted: str
    fields: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]

    def violation(self, finding: Finding) -> Violation:
        """The finding in words.

        Raises:
            LookupError: the language has no words for its code or field.
        """
        text = self._text(finding.code)
        values = {"field": self.fields[finding.field], **finding.values}
        return Violation(
            code=finding.code,
            field=finding.field,
            start=finding.start,
            end=finding.end,
            severity=finding.severity,
            message=text["message"].format(**values),
            how_to_fix=text["how_to_fix"].format(**values),
        )

    def _text(self, code: str) -> Mapping[str, str]:
        return self.texts[code] if code in self.texts else self.texts[code.partition(".")[0]]


@cache
def messages(language: str) -> Messages:
    """The messages of a language that ``languages()`` names."""
    loaded = load(language, "messages")
    return Messages(language, loaded["accepted"], loaded["fields"], loaded["texts"])


def errors_of(violations: Iterable[Violation]) -> list[str]:
    """Each message once, in order: what an app shows that knows nothing of violations."""
    return list(dict.fromkeys(violation.message for violation in violations))
