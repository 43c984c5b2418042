"""The prices process: outside quotes into the journal.

May import `log`, `runtime`, `ports` and the pure rooms.
"""
