"""What people are called in files that leave the workspace: the same name in every export of a project, and no other."""

import hashlib
import hmac
import re
from collections.abc import Callable

_MADE = re.compile(r"person-[0-9a-f]{12}")

Naming = Callable[[int, str, str], str]
"""A person's id, name and kind to what a file calls them."""


def by_name(person_id: int, name: str, kind: str) -> str:
    """As the workspace calls them."""
    del person_id, kind
    return name


def in_project(split_salt: str, project_id: int) -> Naming:
    return pseudonyms(f"{split_salt}:{project_id}")


def is_made(name: str) -> bool:
    """Whether an export of ours may have given this name."""
    return _MADE.fullmatch(name) is not None


def pseudonyms(salt: str) -> Naming:
    """Machines keep their names, and so do pseudonyms that an export of ours gave and an import brought back."""

    def named(person_id: int, name: str, kind: str) -> str:
        if kind == "machine" or (kind in ("imported", "simulated") and is_made(name)):
            return name
        return "person-" + hmac.digest(salt.encode(), str(person_id).encode(), hashlib.sha256).hex()[:12]

    return named
