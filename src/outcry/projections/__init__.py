"""Views folded from events: the same events give the same view.

Pure; may import `wire` and `engine`.
"""
