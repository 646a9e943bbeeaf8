"""The OpenAPI 3.1 document, made from the operations and models that answer, so that it cannot say anything else."""

from http_api.openapi.document import openapi_document

__all__ = ["openapi_document"]
