"""A venue in this process, to test with."""
