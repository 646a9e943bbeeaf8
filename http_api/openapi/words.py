"""What the document says to people before the routes: who may call, what errors look like, what limits there are."""

from __future__ import annotations

TITLE = "Aura API"
DESCRIPTION = """\
The backend of the Aura wardrobe app: it tags photos of clothes, proposes outfits and checks swap listings.

**Who calls.** Send the access token that Supabase Auth gave the person: `Authorization: Bearer <token>`. Everything
is read and written as that person, under the project's Row Level Security; another person's ids are unknown ids (404).

**Errors** are problem documents (RFC 9457, `application/problem+json`). Decide by `code`, which is stable; show
`detail`; quote `request_id`. Statuses 429, 503 and 504 say in `Retry-After` when to try again.

**JSON** is read strictly: UTF-8, no key twice, no NaN, no U+0000, no unknown fields, no conversions. Unknown and
repeated query parameters are refused, too. Answers may gain fields; none is ever removed.

**Limits** are told by every answer (`RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset`).

**Request ids.** Send `X-Request-ID` to name a request yourself; the answer and every line of the log carry it.
"""
TAGS = {
    "AI": "Tags for photos, and the style that follows from them.",
    "Recommendations": "What to wear, and what a wardrobe lacks.",
    "Swap market": "Checks before a listing is published.",
    "Webhooks": "What other systems call.",
}
