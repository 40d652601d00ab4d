"""Pairs of sites with ERPNext, what is done on them, and when they are equal.

`bench`, `pair`, `kinds` and `judging` run with the tests; what stands in `inside` runs in the sites.
"""
