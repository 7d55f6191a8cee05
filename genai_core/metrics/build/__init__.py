"""Programs that build what the metrics ship: classifiers and floors."""
