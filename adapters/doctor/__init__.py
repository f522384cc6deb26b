"""The doctor: one table of checks, from which the command, the answer in chat and the page in the manual are made."""
