"""Makes the model that ``aura/vision/local`` ships, from photos to files: ``make train DATA=<folder>``.

Nothing here runs in the backend, and what it needs (PyTorch above all) is in its own lock file. The seeds are fixed,
the photos of one person never stand on both sides of a comparison, and the report says how good the result is.
"""
