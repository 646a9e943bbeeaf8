"""Swap-market listings: checked, explained and enriched.

Pure: data in, data out, no network, database or clock. ``review.review_listing`` is the whole of it; what it
knows of a language (words, innocent words, rules, messages) is data under ``packs/<language>/``.
"""
