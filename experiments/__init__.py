"""What the results of the project were made with; run from the root, like python -m experiments.drawings."""
