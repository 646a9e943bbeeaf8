"""The shapes of bodies, queries and answers, as pydantic models: the OpenAPI document is made from them."""
