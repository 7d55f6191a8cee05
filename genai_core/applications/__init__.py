"""Applications of the models, one experiment a file."""
