"""What can go wrong while the sandbox is being set up, always with the remedy in the message.

These errors are for the person at the terminal: the `aura` command prints them as one line.
"""

from aura.errors import AuraError


class SandboxError(AuraError):
    """The sandbox cannot do what was asked; the message names the remedy."""
