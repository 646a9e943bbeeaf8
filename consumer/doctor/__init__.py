"""``aura doctor``: looks at everything that the backend depends on, and says what mends what is wrong.

Each check is a small function that takes a ``Context`` and returns ``Finding``s, which are data; ``checks`` lists them
in the order in which they build on each other, ``examination`` runs them, ``rendering`` shows them. What is found
wrong once is not found wrong again by everything that needs it: those checks are skipped and say why.

It changes nothing but one canary row, which it deletes again.
"""
