"""Views folded from events. Pure: the same events give the same view."""
