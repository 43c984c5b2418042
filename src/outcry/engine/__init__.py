"""The engine: commands → events. Pure, single-threaded, integers only.

The same files run compiled ahead of time or interpreted; `BUILD` says which of the two this is.
"""

from outcry.compile_engine import choose_build

BUILD = choose_build(__path__)
