"""Small protocols: everything that the venue needs from outside. Adapters fulfill them.

May import `projections`, `wire` and `engine`.

Every port has a double in `outcry.adapters.memory`, and one suite of tests that runs on both.
"""
