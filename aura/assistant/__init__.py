"""A generative model that is asked for words about a listing: off unless the settings say otherwise.

What is asked and how the answer is read is ``aura.market.suggesting``'s; here is only the asking.
"""
