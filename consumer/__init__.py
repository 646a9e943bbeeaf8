"""Hears changes, finds the missed ones, and works on what they call for: the daemon.

The promise (at least once, nothing lost, no human needed) rests on the database, which itself says what is
outstanding; Realtime is a fast hint. So every part here may fail, forget or be killed, and only speed suffers.

The way of one change: ``subscription`` → ``inbox`` → ``router`` → ``queue`` → ``worker``. Beside it,
``liveness`` judges whether changes are really heard, ``supervisor`` acts on that, and ``reconciler`` lists
what nobody announced. ``hearing`` wires them together.
"""
