"""What the chat platforms are told about the app when it is registered."""
