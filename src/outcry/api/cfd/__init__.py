"""The venue's own CFD routes and stream, in which decimals are strings.

Pure; may import `api.broker`, `api.backpack`, `projections`, `wire` and `engine`.
"""
