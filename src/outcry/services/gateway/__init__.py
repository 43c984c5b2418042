"""Where clients enter over HTTP: answers from views, and commands into the journal."""
