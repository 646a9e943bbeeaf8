"""How well the stylist judges outfits that people have put together."""
