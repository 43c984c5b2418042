"""The passphrase that seals the secrets of a backup."""

import typer

from outcry.runtime.config import Settings


def passphrase(settings: Settings) -> str:
    """The passphrase: of the settings, or asked for."""
    if settings.backup_passphrase is not None:
        return settings.backup_passphrase
    return str(typer.prompt("passphrase of the backup", hide_input=True))
