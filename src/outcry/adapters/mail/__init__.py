"""Mail: an SMTP server, the API of Resend, or a folder from which nothing is sent.

May import `runtime` and `ports`.
"""
