"""Train or test: decided by a salted hash, so that a group is never torn apart and a row never changes sides."""

import hashlib
from typing import Literal

Split = Literal["train", "test"]


def split_of(salt: str, key: str, test_share: float) -> Split:
    """`key` is the item's group, or its own key."""
    if test_share <= 0:
        return "train"
    point = int.from_bytes(hashlib.sha256(f"{salt}\0{key}".encode()).digest()[:8]) / 2**64
    return "test" if point < test_share else "train"
