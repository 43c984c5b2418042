"""The one failure that an operator can correct: shown in one line, never with a traceback."""


class OperatorError(Exception):
    """Something cannot be done. The message is one line: what is wrong, and what to do."""
