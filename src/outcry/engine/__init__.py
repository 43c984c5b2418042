"""The engine: commands → events. Pure, single-threaded, integers only; imports no other room.

The same files run compiled ahead of time or interpreted; `BUILD` says which of the two this is.
"""

BUILD = "compiled" if "_compiled" in __path__[0] else "interpreted"
