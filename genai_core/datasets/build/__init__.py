"""Programs that build the shipped data from its sources."""
