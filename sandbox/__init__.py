"""An embedded Supabase for development, demos and tests, made of real parts.

Nothing but the demo, the tests and the benchmarks may import this package: the backend itself only
ever sees a URL and keys, so that what works against the sandbox works against a hosted project.
"""

from sandbox.client import Sandbox
from sandbox.fault_client import FaultClient

__all__ = ["FaultClient", "Sandbox"]
