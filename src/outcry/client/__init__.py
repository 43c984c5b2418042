"""A client of the public API: typed REST, and a stream that keeps an exact book."""
