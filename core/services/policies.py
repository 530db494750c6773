"""What a project is told to do: its policies, its extras, and the file that says all of it."""

from typing import Annotated, Any

from babel.numbers import list_currencies
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from core.errors import N_
from core.tasks.fitting import LocalisedText, Unfit


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


NO_CURRENCY = N_("{currency} is not a currency code. Use one of ISO 4217, such as USD, SGD or CNY.")


def _of_iso_4217(code: str, info: ValidationInfo) -> str:
    if info.context != STORED and code not in list_currencies():
        raise Unfit(NO_CURRENCY, currency=code)
    return code


LONGEST_LICENSE = 100
NO_LICENSE = N_("A license is a name in one line of at most {limit} characters.")


def fits_as_license(name: str) -> bool:
    return len(name) <= LONGEST_LICENSE and name.isprintable()


def _license(name: str, info: ValidationInfo) -> str:
    if info.context != STORED and not fits_as_license(name):
        raise Unfit(NO_LICENSE, limit=LONGEST_LICENSE)
    return name


STORED = {"stored": True}
"""Context for reading what the workspace holds: it was taken under the rules of its day and must go on opening."""
Currency = Annotated[str, Field(min_length=3, max_length=3), AfterValidator(_of_iso_4217)]
License = Annotated[str, AfterValidator(_license)]


class Pilot(_Model):
    overlap: int = Field(default=2, ge=1, le=20, description="Annotators per pilot item")
    items: int = Field(default=20, ge=1, le=500, description="Items in the pilot")


class Targets(_Model):
    accuracy: float = Field(
        default=0.8, ge=0, le=1, description="Target for accuracy on gold items, for every annotator"
    )
    per_hour: float | None = Field(default=None, gt=0, description="Answers per active hour")
    hours_per_week: float | None = Field(default=None, gt=0)


class Rates(_Model):
    currency: Currency = "USD"
    per_hour: str = Field(default="0.00", pattern=r"^\d+(\.\d{1,2})?$")


class Review(_Model):
    """Which finished items a reviewer looks at, and how many of them settle an item."""

    audit_share: float = Field(default=0.05, ge=0, le=1, description="Share of finished items reviewed at random")
    doubt: float = Field(
        default=0.1, ge=0, le=1, description="Review items whose consensus is wrong with at least this probability"
    )
    stages: int = Field(default=1, ge=1, le=2, description="Reviewers per item")


class Stopping(_Model):
    """Adaptive overlap: ask for one more answer where the consensus is still in doubt."""

    start: int = Field(default=2, ge=1, le=20, description="Initial answers per item")
    most: int = Field(default=5, ge=1, le=100, description="Maximum answers per item")
    confidence: float = Field(default=0.9, gt=0, lt=1, description="Confidence at which to stop")
    audit_share: float = Field(
        default=0.03, ge=0.0, le=0.5, description="Share of items that get every answer, for unbiased figures"
    )
    error_cost: float | None = Field(default=None, gt=0, description="Cost per wrong label, in the project's currency")

    @model_validator(mode="after")
    def _in_order(self) -> "Stopping":
        if self.most < self.start:
            raise ValueError("most: must be at least start")
        return self


class Reason(_Model):
    id: str = Field(min_length=1, max_length=50)
    name: LocalisedText


class Rationale(_Model):
    required: bool = False
    min_chars: int = Field(default=0, ge=0, le=5000)
    reasons: tuple[Reason, ...] = ()


class Extras(_Model):
    """What every task type can ask beside the answer."""

    rationale: Rationale | None = None
    confidence: bool = False
    safety_flag: bool = False


class Policy(_Model):
    """How the work is handed out, checked and paid; may change at any time."""

    overlap: int = Field(default=1, ge=1, le=100, description="Answers per item")
    gold_rate: float = Field(default=0.0, ge=0, le=0.5, description="Share of hidden checks")
    repeat_rate: float = Field(default=0.0, ge=0, le=0.2, description="Share of hidden repeats")
    lease_minutes: int = Field(default=60, ge=1, le=24 * 60, description="Time limit per item")
    daily_limit: int | None = Field(default=None, ge=1, description="Daily answer limit per person")
    skip_limit: int = Field(3, ge=1, le=50, description="Annotators who may skip an item before it is put on hold")
    pilot: Pilot = Pilot()
    targets: Targets = Targets()
    rates: Rates = Rates()
    review: Review = Review()
    stopping: Stopping | None = Field(default=None, description="Adaptive overlap instead of a fixed one")
    ladder: dict[str, Any] = {}
    license: License = Field(default="", description="License of exports, unless an export names another")


class ProjectFile(Policy):
    """A project as a file: what templates are and `project export` writes."""

    title: LocalisedText
    summary: LocalisedText = ""
    task: str
    settings: dict[str, Any] = {}
    guidelines: LocalisedText = ""
    extras: Extras = Extras()

    def policy(self) -> Policy:
        return Policy.model_validate({name: getattr(self, name) for name in Policy.model_fields})
