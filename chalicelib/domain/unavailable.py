"""The errors for what AWS did not do, or may not have done."""

from chalicelib.domain.errors import EngineError


class Unavailable(EngineError):
    """AWS throttled or failed. Nothing is left half made; the same call may be sent again."""

    def __init__(self, operation: str, *, retry_after: int = 5, throttled: bool = False) -> None:
        super().__init__(f"{operation} did not succeed just now: try again in {retry_after} seconds")
        self.operation = operation
        self.retry_after: int | None = retry_after
        self.throttled = throttled


class NeedsOperator(Unavailable):
    """A refusal of AWS that lasts until an operator has fixed the stage. Nothing is left half made.

    The engine undoes, records and leaves it to the sweep as any ``Unavailable``. ``trouble`` names the kind of
    resource.
    """

    def __init__(self, operation: str, trouble: str) -> None:
        super().__init__(operation)
        self.args = (
            f"{operation} did not succeed, and trying again does not help: {trouble}. Ask an operator:"
            " make doctor STAGE=... shows what is wrong",
        )
        self.retry_after = None


class TooLarge(Unavailable):
    """A record that is too large to be stored. The caller can make it smaller."""

    def __init__(self, operation: str) -> None:
        super().__init__(operation)
        self.args = (
            f"{operation} did not succeed: as it is stored, one record of it is larger than the 400 KB that DynamoDB"
            " takes. Send a smaller attack, or fewer floating-point numbers, which grow when they are stored",
        )
        self.retry_after = None


class InDoubt(Unavailable):
    """The deciding write was sent, and AWS has answered nothing since: whether it was made nobody knows yet."""

    def __init__(self, operation: str) -> None:
        super().__init__(operation)
        self.args = (
            f"whether {operation} succeeded is not known, because AWS does not answer: look with GET in"
            f" {self.retry_after} seconds before you send it again, or send it under the same Idempotency-Key",
        )
