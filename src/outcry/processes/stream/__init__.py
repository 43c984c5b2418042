"""The stream process: events out to every WebSocket client.

May import `people`, `log`, `runtime`, `ports` and the pure rooms.
"""
