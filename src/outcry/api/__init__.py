"""The public dialects, a folder each: requests into commands, and views into answers.

Pure; may import `projections`, `wire` and `engine`.
"""
