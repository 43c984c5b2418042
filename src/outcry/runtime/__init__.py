"""The needs of every process: settings, secrets, logs, waiting, stopping.

May import `ports` and the pure rooms.
"""
