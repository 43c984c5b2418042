"""Writing commands into the log; reading, proving and replaying it.

May import `runtime`, `ports`, `wire` and `engine`.
"""
