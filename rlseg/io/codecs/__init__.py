"""Compressors with a look at how large a piece becomes before memory is taken for it."""
