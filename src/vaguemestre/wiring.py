"""Composition root: the only place where doors are chosen."""
