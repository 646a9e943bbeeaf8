"""The HTTP API: what the app calls.

Thin on purpose: a route validates, calls ``handlers`` or ``aura``, and answers. Every route is declared as an
``Operation`` (``http_api.operations``), and everything else follows from the declaration: dispatching,
validation, limits, and the OpenAPI document, which therefore cannot say anything else than the code does.
"""
