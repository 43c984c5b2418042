"""The trade's own words, for scenarios: a floor, people by name, a book as text."""
