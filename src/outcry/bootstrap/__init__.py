"""Puts processes together, one file each: this room and those above know which adapter is real.

May import every room below.
"""
