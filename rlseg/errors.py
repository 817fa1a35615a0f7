"""The one exception a user is meant to see: a line of text, an optional hint, exit code 2."""


class RlsegError(Exception):
    """Something the user gave cannot be used.

    Args:
        message: one line: what was given, what was expected, where.
        hint: what to do about it, or None.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\n  hint: {self.hint}"
