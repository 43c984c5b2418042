"""The processes of a venue, a folder each: the folder answers which process runs a line.

May import `people`, `log`, `runtime`, `ports` and the pure rooms; never another process.
"""
