"""Secrets for a backup, sealed with a passphrase: Argon2id and XSalsa20-Poly1305 of libsodium."""

import msgspec
from nacl import pwhash
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from nacl.utils import random

from outcry.runtime.errors import OperatorError


class _Sealed(msgspec.Struct):
    """A sealed text, with what it takes to derive its key from the passphrase."""

    opslimit: int
    memlimit: int
    salt: bytes
    box: bytes


def seal(content: bytes, passphrase: str) -> bytes:
    """Encrypt something for whoever knows the passphrase."""
    salt = random(pwhash.argon2id.SALTBYTES)
    argon = pwhash.argon2id
    sealed = _Sealed(argon.OPSLIMIT_MODERATE, argon.MEMLIMIT_MODERATE, salt, b"")
    sealed.box = bytes(_box(sealed, passphrase).encrypt(content))
    return msgspec.msgpack.encode(sealed)


def unseal(packed: bytes, passphrase: str) -> bytes:
    """Decrypt it; raises `OperatorError` when the passphrase is another."""
    try:
        sealed = msgspec.msgpack.decode(packed, type=_Sealed)
        return _box(sealed, passphrase).decrypt(sealed.box)
    except (msgspec.MsgspecError, CryptoError):
        raise OperatorError(
            "the secrets cannot be opened: give the passphrase of the backup in"
            " OUTCRY_BACKUP_PASSPHRASE"
        ) from None


def _box(sealed: _Sealed, passphrase: str) -> SecretBox:
    return SecretBox(pwhash.argon2id.kdf(
        SecretBox.KEY_SIZE, passphrase.encode(), sealed.salt, opslimit=sealed.opslimit,
        memlimit=sealed.memlimit,
    ))
