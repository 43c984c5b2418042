"""Each file fulfills a port with something real: a server, a file, a feed.

May import `client`, `runtime`, `ports` and the pure rooms; never `processes`.
"""
