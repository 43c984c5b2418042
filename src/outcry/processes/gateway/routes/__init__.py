"""The routes of the gateway, a file for each subject.

May import the files of `processes.gateway` and what these may import.
"""
