"""The nouns of the product as frozen dataclasses, and the legal state changes of a session."""
