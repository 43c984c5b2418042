"""The gateway process: HTTP in, commands into the journal, answers from views.

May import `people`, `log`, `runtime`, `ports` and the pure rooms.
"""
