"""``aura openapi``: the API's document, for generators of clients and for those who keep it beside their app."""

from __future__ import annotations

import click
import orjson

from http_api.openapi import openapi_document
from http_api.routes import all_operations


@click.command()
@click.option("--compact", is_flag=True, help="On one line.")
def openapi(compact: bool) -> None:
    """Print the API's OpenAPI 3.1 document as JSON. Needs no settings and no Supabase project.

    \b
        aura openapi > openapi.json
    """
    option = None if compact else orjson.OPT_INDENT_2
    click.echo(orjson.dumps(openapi_document(all_operations()), option=option).decode())
