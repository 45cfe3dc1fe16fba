"""Clause catalogues by edition, Vietnamese and English."""
