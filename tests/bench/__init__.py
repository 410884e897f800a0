"""Measures of the product, as ratios to reference tools used in the same run.

`python -m tests.bench [--court]`; nothing here is a test: a missed target is printed, not raised.
"""
