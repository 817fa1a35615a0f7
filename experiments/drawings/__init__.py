"""Drawn images and their truth: discs on structured ground, rings of embryo cells."""
