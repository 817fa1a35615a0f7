"""Runs the experiments and writes docs/results.md, docs/performance.md and the table of README.md."""
