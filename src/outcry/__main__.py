"""`python -m outcry` is the `outcry` command."""

from outcry.cli import app

if __name__ == "__main__":
    app()
