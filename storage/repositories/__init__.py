"""One repository a noun: reads and writes its rows, secrets sealed."""
