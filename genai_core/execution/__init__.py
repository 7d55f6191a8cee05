"""Who carries out runs and looks: worker processes, never the web process."""
