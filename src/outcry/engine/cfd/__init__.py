"""CFDs: contracts, positions, and the handlers of their commands.

Pure; may import the files of `engine`, never `engine.spot`.
"""
