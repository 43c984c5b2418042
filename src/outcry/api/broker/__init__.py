"""The broker contract: one route of commands for CFDs, and the price message of pollers.

Pure; may import `api.backpack`, `projections`, `wire` and `engine`.
"""
