"""What Teams sends, as typed values: activities, their text, and the commands in them."""
