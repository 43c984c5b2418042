"""One module a process: the only place that knows which adapter is real."""
