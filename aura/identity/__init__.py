"""Who acts: API keys told apart, and short tokens made for the person a row belongs to."""
