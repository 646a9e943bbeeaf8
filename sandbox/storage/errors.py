"""Storage's refusals: HTTP 400 whatever the matter, the real status inside the body.

That is how hosted projects answer (`{"statusCode": "404", "error": …, "message": …}` with status
400), and clients have to look into the body to tell a missing photo from a forbidden one.
"""

from __future__ import annotations

from aiohttp import web


class StorageError(Exception):
    """A refusal: the status inside the body, Storage's word for it, and the message."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message

    def response(self) -> web.Response:
        """The answer that a hosted project gives."""
        body = {"statusCode": str(self.status), "error": self.error, "message": self.message}
        return web.json_response(body, status=500 if self.status >= 500 else 400)


def object_not_found() -> StorageError:
    """There is no such object, or the caller may not see it: the two look alike."""
    return StorageError(404, "not_found", "Object not found")


def bucket_not_found() -> StorageError:
    """There is no such bucket, or it is not public where it has to be."""
    return StorageError(404, "Bucket not found", "Bucket not found")


def forbidden() -> StorageError:
    """A policy forbids the write."""
    return StorageError(403, "Unauthorized", "new row violates row-level security policy")


def duplicate() -> StorageError:
    """The path or bucket is taken."""
    return StorageError(409, "Duplicate", "The resource already exists")


def invalid_key(name: str) -> StorageError:
    """The object's path holds what it may not."""
    return StorageError(400, "InvalidKey", f"Invalid key: {name}")


def invalid_bucket_name() -> StorageError:
    """The bucket's name holds what it may not."""
    return StorageError(400, "Invalid Input", "Bucket name invalid")


def too_large() -> StorageError:
    """The file is larger than the project or the bucket allows."""
    return StorageError(413, "Payload too large", "The object exceeded the maximum allowed size")


def wrong_type(mimetype: str) -> StorageError:
    """The bucket does not take this kind of file."""
    return StorageError(415, "invalid_mime_type", f"mime type {mimetype} is not supported")


def no_authorization() -> StorageError:
    """The path needs a token and there is none."""
    return StorageError(400, "Error", "headers must have required property 'authorization'")


def invalid_token(reason: str) -> StorageError:
    """The token in Authorization is not valid."""
    return StorageError(403, "Unauthorized", reason)


def invalid_signature(reason: str) -> StorageError:
    """The token of a signed URL is not valid, or not for this object."""
    return StorageError(400, "InvalidJWT" if "exp" in reason else "InvalidSignature", reason)


def bad_body(reason: str) -> StorageError:
    """The body is not what the path expects."""
    return StorageError(400, "Error", reason)


def not_empty() -> StorageError:
    """A bucket that still holds objects cannot be deleted."""
    return StorageError(409, "InvalidRequest", "The bucket you tried to delete is not empty")


def database_gone() -> StorageError:
    """The database does not answer."""
    return StorageError(500, "DatabaseError", "The database is not available")
