"""Why results are as they are, and whether they are still the same."""
