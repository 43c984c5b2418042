"""The bytes of the log, and decimals as text.

Pure; may import `engine`.
"""
