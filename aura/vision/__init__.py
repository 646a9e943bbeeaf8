"""What a photo of a garment shows: decoding, the vocabulary, and the analyzers that speak it."""
