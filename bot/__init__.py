"""The product itself: its nouns, verbs and words. Imports no chat SDK, HTTP, SQL or engine."""
