"""The venue a second time, slow and plain, and the random traffic that both are given."""
