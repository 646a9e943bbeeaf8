"""The work itself: is somebody at it, does it lie, do its photos come from places that may be asked?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from aura.errors import Permanent
from aura.gateway.work_rows import OutstandingSummary
from aura.photos.target import AllowList
from consumer.doctor.context import Context
from consumer.doctor.findings import Finding, failure, ok, unless_wrong, warning
from consumer.router import CANARY_TABLE, WAKE_ID

PHOTOS = 500
SHOWN = 3
SILENT = timedelta(minutes=2)
OF_OWN = "Photos must come from the project's Storage or a listed host."


async def outstanding(context: Context) -> list[Finding]:
    """Whether work that is due is being done."""
    service = context.gateway.as_service()
    query = service.table(CANARY_TABLE).select("at").neq("id", WAKE_ID).order("at", desc=True).limit(1)
    rows = await service.read(query, "the daemons' canaries")
    last = datetime.fromisoformat(rows[0]["at"]) if rows else None
    now, limit = context.clock(), context.settings.ops.oldest_outstanding_seconds
    return [judge_daemon(last, now), judge_work(await context.ledger.outstanding_summary(), now, limit)]


def judge_daemon(last: datetime | None, now: datetime) -> Finding:
    """Whether a daemon has beaten its canary of late; ``last``: when one did."""
    start = "Start one: `aura run --roles consumer,worker`."
    if last is None:
        return warning("No daemon has listened within the last hour.", start)
    if now - last > SILENT:
        return warning(f"No daemon has listened since {last:%Y-%m-%d %H:%M} UTC.", start)
    return ok("A daemon listens.")


def judge_work(due: OutstandingSummary, now: datetime, limit: float) -> Finding:
    """Whether due work lies longer than ``limit`` seconds."""
    moments = [moment for moment in (due.oldest_item_at, due.oldest_mark_at) if moment is not None]
    age = max([(now - moment).total_seconds() for moment in moments], default=0.0)
    said = f"{due.items:,} photos and {due.marks:,} style marks are outstanding"
    if age > limit:
        remedy = "Is a daemon running, and ready (/readyz)? `aura failures list` says what could not be done."
        return warning(f"{said}, the oldest for {age:.0f} s (ops.oldest_outstanding_seconds: {limit:.0f}).", remedy)
    return ok(f"{said}.")


async def storage(context: Context) -> list[Finding]:
    """Whether Storage answers, and photos come from hosts that may be asked."""
    settings, service = context.settings, context.gateway.as_service()
    async with context.http.get(f"{context.url}/storage/v1/status", allow_redirects=False) as answer:
        status = answer.status
    if status >= 500:
        return [failure(f"Storage answers {status}.", "Look at the project's health in the dashboard.")]
    query = service.table("clothing_items").select("image_url").neq("image_url", "")
    rows = await service.read(query.order("created_at", desc=True).limit(PHOTOS), "the addresses of photos")
    photos = settings.photos
    allowed = AllowList(context.url, photos.allowed_hosts, allow_private=photos.allow_private_hosts)
    found = forbidden(allowed, (row["image_url"] for row in rows), len(rows))
    return unless_wrong(found, f"The latest {len(rows)} photos come from hosts that may be asked.")


def forbidden(allowed: AllowList, addresses: Iterable[str], total: int) -> list[Finding]:
    """The hosts that photos come from and that may not be asked, the most frequent first."""
    refused: Counter[str] = Counter()
    for address in addresses:
        try:
            allowed.target(address)
        except Permanent as error:
            refused[error.message] += 1
    remedy = f"{OF_OWN} If you trust it, add it to photos.allowed_hosts (AURA__PHOTOS__ALLOWED_HOSTS=host,host)."
    return [
        warning(f"{count} of the latest {total} photos cannot be fetched: {message}", remedy)
        for message, count in refused.most_common(SHOWN)
    ]
