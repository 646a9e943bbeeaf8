"""The route for Supabase's Database Webhooks: one more way to hear of a change, trusted with a hint alone.

A hint names a row that is read again before anything is done, so the worst that a liar with the secret achieves is a
read too many; and a webhook that is lost (they are sent once, unlogged) costs seconds, because the outstanding lists
are read anyway.
"""

from __future__ import annotations

from http_api.admission import PROOF
from http_api.operations import Answer, Call, Operation, Reply
from http_api.schemas.webhooks import WebhookChange, WebhookTaken

_EXAMPLE_ROW = {
    "id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    "user_id": "1b4e28ba-2fa1-4d2b-883f-0016d3cca427",
    "image_url": "https://example.supabase.co/storage/v1/object/public/clothes/shirt.jpg",
    "ai_tags": None,
}


async def take_webhook(call: Call[WebhookChange, None, None]) -> Reply:
    """Pass a change on as a hint."""
    gate, change = call.context.webhooks, call.body
    if gate.is_copy(call.request[PROOF]):
        status = "repeated"
    elif not change.matters:
        status = "ignored"
    else:
        await call.context.hints.offer(change.model_dump(by_alias=True))
        status = "accepted"
    gate.count(status)
    return Reply(WebhookTaken.model_validate({"status": status}), status=202)


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="takeSupabaseWebhook",
        method="POST",
        path="/webhooks/supabase",
        summary="Take a Supabase Database Webhook",
        description=(
            "For the project's database, not for the app. The sender shows the shared secret, in `x-webhook-secret` or "
            "as `Authorization: Bearer`, or signs with it as Standard Webhooks 1.0.0 says: `webhook-signature` is "
            "`v1,<base64 of HMAC-SHA256 of id.timestamp.body>`, several between spaces. A change of `clothing_items`, "
            "`combinations` or `likes` is passed on as a hint; what follows from it happens later. Without a secret in "
            "the settings this is closed (404)."
        ),
        tag="Webhooks",
        handle=take_webhook,
        body=WebhookChange,
        answers={202: Answer(WebhookTaken, "Taken; sending it again is of no use.")},
        problems=("webhook_closed", "webhook_refused"),
        access="signed",
        limit="webhook",
        request_headers={
            "webhook-id": "The signed message's id: 1 to 128 letters, digits, - or _.",
            "webhook-timestamp": "When it was signed, in whole seconds since the epoch.",
        },
        examples={
            "insert": {
                "type": "INSERT",
                "table": "clothing_items",
                "schema": "public",
                "record": _EXAMPLE_ROW,
                "old_record": None,
            },
            "delete": {
                "type": "DELETE",
                "table": "likes",
                "schema": "public",
                "record": None,
                "old_record": {"id": _EXAMPLE_ROW["id"], "user_id": _EXAMPLE_ROW["user_id"]},
            },
        },
    ),
)
