"""Servers, venues, clients and logs, set up as tests need them."""
