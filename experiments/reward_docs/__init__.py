"""Writes docs/rewards.md, its pictures and the JSON schema from the models of the reward language."""
