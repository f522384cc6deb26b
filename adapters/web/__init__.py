"""The pages a browser sees, the health routes, and the server that everything listens on."""
