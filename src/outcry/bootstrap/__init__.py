"""Puts processes together, one file each. This room and those above know the real adapters.

May import every room below.
"""
