"""Encryption of what a copied journal must not give away. The key lies beside the journal, outside its backups."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tillgate.core.errors import StorageFull

__all__ = ["KEY_NAME", "Unreadable", "Vault"]

KEY_NAME = "replica.key"
KEY_BYTES = 32
NONCE_BYTES = 12  # NIST SP 800-38D, 8.2.2: random, for fewer than 2^32 messages of one key.

Random = Callable[[int], bytes]


class Unreadable(Exception):
    """Encrypted with another key, or changed."""


class Vault:
    """AES-256-GCM under one key. What it belongs to is authenticated along, so values cannot be swapped."""

    def __init__(self, key: bytes, random: Random) -> None:
        self._cipher = AESGCM(key)
        self._random = random
        #: Tells this key from another without giving it away.
        self.check = hashlib.sha256(b"tillgate replica key check\0" + key).digest()[:16]

    @classmethod
    def open(cls, folder: Path, random: Random = os.urandom) -> "Vault":
        """Read the key of a folder, or make one that is on disk before it is used. Raises StorageFull."""
        path = folder / KEY_NAME
        try:
            key = path.read_bytes() if path.exists() else b""
            if len(key) != KEY_BYTES:
                key = random(KEY_BYTES)
                _write_durably(path, key)
        except OSError as error:
            raise StorageFull(f"{path}: {error.strerror}") from error
        return cls(key, random)

    def seal(self, plain: bytes, belongs_to: str) -> bytes:
        """Nonce and ciphertext."""
        nonce = self._random(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, belongs_to.encode())

    def unseal(self, sealed: bytes, belongs_to: str) -> bytes:
        """The reverse. Raises Unreadable."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], belongs_to.encode())
        except (InvalidTag, ValueError) as error:
            raise Unreadable(belongs_to) from error


def _write_durably(path: Path, content: bytes) -> None:
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
