"""The failure that every port on PostgreSQL shares."""


class DatabaseUnavailable(Exception):
    """PostgreSQL did not answer, or the connection broke before its answer came.

    A write that was sent may or may not have happened.
    """
