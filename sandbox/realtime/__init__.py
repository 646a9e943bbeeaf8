"""A server of Supabase Realtime's protocol, fed by logical decoding of a real PostgreSQL's WAL.

The real server is an Elixir application that cannot be installed as a Python dependency. This
package reproduces its observable behaviour (frames, error texts, delays, limits and, above all,
its ways of losing changes in silence), so that what survives here survives the hosted one.
Transcripts recorded from supabase/realtime v2.122.0 are replayed against it in the tests.
"""

from sandbox.realtime.profile import FAST, REAL, Profile
from sandbox.realtime.server import RealtimeServer
from sandbox.realtime.tokens import BadSignature, MalformedToken, TokenVerifier

__all__ = ["FAST", "REAL", "BadSignature", "MalformedToken", "Profile", "RealtimeServer", "TokenVerifier"]
