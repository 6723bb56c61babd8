"""A refusal is an answer, not an error: one sentence that says what stands in the way and what to do."""

from django.core.exceptions import ValidationError
from django.utils.functional import Promise


class Refusal(Exception):
    """Raised by actions; pages show `sentence` as it is. `code` names the reason for tests and figures."""

    def __init__(self, sentence: "str | Promise", code: str = "refused") -> None:
        super().__init__(sentence)
        self.sentence, self.code = sentence, code

    def __str__(self) -> str:
        return str(self.sentence)

    @classmethod
    def from_validation(cls, error: ValidationError) -> "Refusal":
        """The messages of a model's own constraints, as one refusal."""
        return cls(" ".join(error.messages), code="invalid")
