"""The engine process: leads or follows, applies the journal, publishes, takes snapshots.

May import `log`, `runtime`, `ports`, `wire` and `engine`.
"""
