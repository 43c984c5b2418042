"""The one failure that an operator can correct: shown in one line, never with a traceback."""


class OperatorError(Exception):
    """Something cannot run here. The message is one line: what is wrong, and what to do about it."""
