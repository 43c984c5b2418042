"""The passphrase that seals the secrets of a backup."""

import os

import typer


def passphrase() -> str:
    """The passphrase: of the environment, or asked for."""
    found = os.environ.get("OUTCRY_BACKUP_PASSPHRASE")
    return found or str(typer.prompt("passphrase of the backup", hide_input=True))
