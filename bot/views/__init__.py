"""What a person sees, as data without markup. Each platform renders each view in its own way."""
