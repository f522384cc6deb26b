"""ServiceDesk Plus Cloud: requests, technicians, replies and notes."""
