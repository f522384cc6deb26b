"""The nouns: what a technician, a request, a session or a notice is, and which moves are legal."""
