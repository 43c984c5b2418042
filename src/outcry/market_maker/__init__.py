"""The market maker: quotes and trades through the public API, like any client.

May import `client` and `runtime`.
"""
