"""`outcry up`: embedded servers, the data directory, and the supervisor of the processes.

May import every room below.
"""
