"""The dialect of Backpack Exchange, in which clients trade spot.

Pure; may import `projections`, `wire` and `engine`.
"""
