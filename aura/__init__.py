"""What every part of the Aura backend shares.

Settings, errors, telemetry, access to the Supabase project, photos, vision and style. Nothing here knows
who calls it: the consumer and the HTTP API import this package, never the other way round.
"""

__version__ = "0.1.0"
