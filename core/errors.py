"""The errors a person can cause or mend; one class a reaction, messages say what to do next.

A message is a template with named parameters, so that the edge can translate it: `_(error.template).format(**error.params)`.
A parameter may itself be such an error ("{path}: {message}"); the edge translates it the same way first.
"""

from typing import Any, ClassVar


def N_(template: str) -> str:  # noqa: N802 - the name that message extraction knows
    """Mark a template for translation where no error is raised on the spot."""
    return template


class TouchstoneError(Exception):
    """Base of everything that is shown to people instead of crashing."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "malformed"

    def __init__(self, template: str, /, *, where: str | None = None, code: str | None = None, **params: Any) -> None:
        self.template, self.params, self.where = template, params, where
        self.error_code = code or self.code
        super().__init__(template)

    def __str__(self) -> str:
        return self.template.format(**self.params) if self.params else self.template


class InvalidInput(TouchstoneError):
    """Something typed or sent does not fit; nothing was changed."""


class InvalidPayload(TouchstoneError):
    """An item's payload is not what its task type needs."""

    status, code = 422, "invalid_payload"


class InvalidAnswer(TouchstoneError):
    """An answer does not fit its item or the project's settings. `problems` lists (ask, message)."""

    status, code = 422, "invalid_answer"

    def __init__(
        self, template: str, /, *, ask: str = "", problems: "list[InvalidAnswer] | None" = None, **params: Any
    ) -> None:
        super().__init__(template, where=ask or None, **params)
        self.ask = ask
        self.problems: list[InvalidAnswer] = problems or [self]


class InvalidSettings(TouchstoneError):
    """Project settings that do not validate; `where` is the field's path."""

    status, code = 422, "invalid_settings"


class RefusedFile(TouchstoneError):
    """A file that cannot be taken; `problems` lists every place found, as far as the list goes."""

    status, code = 422, "refused_file"

    def __init__(self, template: str, /, *, problems: "list[Problem] | None" = None, **params: Any) -> None:
        super().__init__(template, **params)
        self.problems: list[Problem] = problems or []


class Problem(TouchstoneError):
    """One place in a file: row is counted from 1, column is a field's path."""

    def __init__(self, template: str, /, *, row: int | None = None, column: str | None = None, **params: Any) -> None:
        super().__init__(template, where=column, **params)
        self.row, self.column = row, column


class NotSignedIn(TouchstoneError):
    status, code = 401, "not_signed_in"


class NotAllowed(TouchstoneError):
    status, code = 403, "not_allowed"


class NotFound(TouchstoneError):
    status, code = 404, "not_found"


class Conflict(TouchstoneError):
    """Somebody or something was faster: a stale draft, a slot that is gone, a second desk."""

    status, code = 409, "conflict"


class TooLarge(TouchstoneError):
    status, code = 413, "too_large"


class TooMany(TouchstoneError):
    status, code = 429, "too_many"


class StoreError(TouchstoneError):
    """The database cannot be used as it is: newer schema, full disk, no connection."""

    status, code = 503, "store"
