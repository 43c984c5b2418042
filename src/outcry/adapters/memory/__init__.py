"""Every port in memory, for tests and throw-away venues.

May import `ports` and the pure rooms.
"""
