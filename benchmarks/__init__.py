"""Reproducible measurements of the backend, each beside what it is measured against in the same run."""
