"""The bridge process: the venue by the streams, the list and the channels of other designs.

May import `people`, `log`, `runtime`, `ports` and the pure rooms.
"""
