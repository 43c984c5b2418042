"""Price sources: the live feed, a simulated one, a recorded one, and the choice among them."""
