"""What a password must be, and how it is kept: bcrypt over a digest, so that long and Chinese pass-phrases count in full."""

import base64
import hashlib
import unicodedata

import bcrypt

from core.errors import InvalidInput

MIN_CHARACTERS, MAX_CHARACTERS, MIN_DISTINCT = 10, 200, 5
LONGEST_TYPED = 4 * MAX_CHARACTERS
"""Some keyboards send an accent as a character of its own. More is nobody's password, and composing it takes for ever."""
ROUNDS = 12

_COMMON = (
    "1234567890", "0123456789", "0987654321", "password", "passw0rd", "qwertyuiop", "iloveyou", "letmein", "administrator",
    "welcome123", "touchstone", "abc123", "1q2w3e4r5t", "a1b2c3d4e5", "woaini", "我爱你", "密码",
)  # fmt: skip
"""Alone, or with nothing but digits and marks added, these are the first to be tried."""


def check_rules(password: str, name: str) -> None:
    if len(password) < MIN_CHARACTERS:
        raise InvalidInput(
            "Use at least {n} characters; a few words that only you would put together work best.", n=MIN_CHARACTERS
        )
    if len(password) > MAX_CHARACTERS:
        raise InvalidInput("Use at most {n} characters.", n=MAX_CHARACTERS)
    if len(set(password)) < MIN_DISTINCT or _is_guessable(password, name):
        raise InvalidInput("This password is too common. Choose another.")


def _is_guessable(password: str, name: str) -> bool:
    folded = password.casefold()
    rests = [folded.replace(word.casefold(), "") for word in (*_COMMON, name) if word and word.casefold() in folded]
    return any(not any(char.isalpha() for char in rest) for rest in rests)


def hashed(password: str) -> str:
    return bcrypt.hashpw(_digest(password), bcrypt.gensalt(ROUNDS)).decode()


def matches(password: str, stored: str | None) -> bool:
    """Takes as long for nobody as for somebody, so that timing does not tell which names exist."""
    typed = password if len(password) <= LONGEST_TYPED else ""
    return bcrypt.checkpw(_digest(typed), (stored or _NOBODY).encode()) and typed == password and stored is not None


def _digest(password: str) -> bytes:
    """bcrypt reads 72 bytes, 24 Chinese characters; keyboards differ in how they compose accents, hence NFKC."""
    normal = unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")
    return base64.b64encode(hashlib.sha256(normal).digest())


_NOBODY = "$2b$12$x8MIfXsTwF56yqiB3wNdT.FjYBspcv6SHURSA0.TI6jFjSY6Slqsy"
