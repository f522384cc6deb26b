"""The nouns of the product as values, and the legal state changes of a session."""
