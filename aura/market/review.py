"""The whole check of a listing: every rule asked, findings put in order, the verdict drawn, tags suggested."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aura.market.across import find_across
from aura.market.colour_consistency import check_colour
from aura.market.consistency import check_category, check_condition
from aura.market.describing import Description, describe
from aura.market.fields import DESCRIPTION_MAX, check_fields
from aura.market.findings import Finding, Verdict, Violation, verdict_of
from aura.market.listing import TEXT_FIELDS, Listing
from aura.market.messages import errors_of, messages
from aura.market.tags import closest_categories, suggest_tags
from aura.market.texts import find_in_text
from aura.market.titles import suggest_title

TITLE_READ = 1_000  # longer texts are refused for their length; what is beyond it is not read


@dataclass(frozen=True, slots=True)
class Review:
    """What was found and suggested; ``message`` is for a listing that may be published."""

    verdict: Verdict
    violations: tuple[Violation, ...]
    message: str
    suggested_tags: tuple[str, ...]
    suggested_title: str | None = None

    @property
    def valid(self) -> bool:
        """Whether nobody has to do anything before it is published."""
        return self.verdict is Verdict.ALLOW

    @property
    def errors(self) -> list[str]:
        """What is wrong in whole sentences, each once."""
        return errors_of(self.violations)


def review_listing(listing: Listing, language: str) -> Review:
    """Check and enrich a listing; CPU only, milliseconds: not for an event loop.

    Args:
        language: which of ``languages()`` the messages are in; texts are checked in all of them.
    """
    read = replace(
        listing,
        title=listing.text("title")[:TITLE_READ],
        description=listing.text("description")[:DESCRIPTION_MAX],
    )
    said = describe(read.text("title"), read.text("description"))
    findings = [*check_fields(listing, closest_categories), *find_in_texts(read, said)]
    words = messages(language)
    return Review(
        verdict=verdict_of(findings),
        violations=tuple(map(words.violation, findings)),
        message=words.accepted,
        suggested_tags=suggest_tags(read, said),
        suggested_title=suggest_title(read, said, language),
    )


def find_in_texts(listing: Listing, said: Description) -> list[Finding]:
    """Every finding in what was written: in the order of the texts, then contradictions."""
    found = [finding for field in TEXT_FIELDS for finding in find_in_text(listing.text(field), field)]
    across = find_across(listing.text("title"), listing.text("description"))
    found += [part for part in across if not any(_covers(each, part) for each in found)]
    return [*found, *check_category(listing, said), *check_colour(listing), *check_condition(listing)]


def _covers(found: Finding, other: Finding) -> bool:
    """Whether one finding says what another does, and where."""
    same = (found.field, found.code) == (other.field, other.code)
    return same and (found.start or 0) <= (other.start or 0) and (other.end or 0) <= (found.end or 0)
