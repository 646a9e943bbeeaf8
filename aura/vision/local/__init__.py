"""The local tagger: category, colours and pattern from a small neural network on one CPU core, without a cloud.

It says what it is sure of, offers guesses where it is not, and knows a picture that shows no garment. The model is
in ``model/`` (``MODEL_CARD.md`` describes it), made by ``training/``.
"""
