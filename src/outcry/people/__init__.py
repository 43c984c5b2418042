"""Users: sign-up, sessions, cookies and API keys.

May import `log`, `runtime`, `ports` and the pure rooms.
"""
