"""Price sources: a live feed, a simulated one, a recorded one, and the choice among them.

May import `adapters.valkey`, `client`, `runtime`, `ports` and the pure rooms.
"""
