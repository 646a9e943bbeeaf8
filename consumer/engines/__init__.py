"""The engines behind the work queue's port (``consumer.queue``).

``memory`` needs nothing and lives in one process. ``procrastinate`` keeps the work in PostgreSQL, so that any number of
consumers and workers share it; what it needs is imported only where it is chosen.
"""
