"""Priors on single edges: each changes what the edges are paid, one file each."""
