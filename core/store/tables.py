"""Every table, on the project's own registry, with the integrity rules that the database itself enforces.

Counters are derived, never stored as truth. Times are UTC. JSON is text in the order given.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table as SqlTable,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from core.store.types import Json, Utc

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Base on its own registry: a hot reload makes a new one instead of a clash."""


IDS_ARE_FINAL = {"sqlite_autoincrement": True}
"""SQLite would give the id of a deleted row to the next one, and the log would speak of two by one name."""
BigId = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Any:
    return Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))


def _ref(table: str, *, nullable: bool = False, index: bool = False, cascade: bool = False) -> Any:
    target = ForeignKey(f"{table}.id", ondelete="CASCADE" if cascade else None)
    return Field(default=None, sa_column=Column(BigId, target, nullable=nullable, index=index))


def _json(nullable: bool = True, default: Any = None) -> Any:
    return Field(default=default, sa_column=Column(Json, nullable=nullable))


def _utc(nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Utc, nullable=nullable))


def _agreed() -> Any:
    """Whether a lead has said that a text edited in one language alone needs no change in the other, up to this version."""
    return Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))


# People ---------------------------------------------------------------------------------------------------------------


class Person(Table, table=True):
    """Anybody an answer can come from: `kind` is member, imported, machine or simulated."""

    __tablename__ = "person"
    __table_args__ = (CheckConstraint("role IN ('admin','lead','reviewer','annotator','viewer')", name="role"),)
    id: int | None = _id()
    name: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    email: str | None = None
    password_hash: str | None = None
    role: str
    kind: str = "member"
    active: bool = True
    language: str = "en"
    languages: list[str] | None = _json()
    preferences: dict[str, Any] | None = _json()
    created_at: datetime = _utc()
    erased_at: datetime | None = _utc(nullable=True)


class LoginSession(Table, table=True):
    """One browser signed in; the cookie holds the token, this row its digest."""

    __tablename__ = "login_session"
    id: int | None = _id()
    token_digest: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    person_id: int = _ref("person", index=True, cascade=True)
    device: str = ""
    created_at: datetime = _utc()
    seen_at: datetime = _utc()
    expires_at: datetime = _utc()
    revoked_at: datetime | None = _utc(nullable=True)


class Ticket(Table, table=True):
    """A one-use secret, stored as its digest: sign_in (seconds), setup, invitation."""

    __tablename__ = "ticket"
    __table_args__ = (CheckConstraint("kind IN ('sign_in','setup','invitation')", name="kind"),)
    id: int | None = _id()
    digest: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    kind: str
    person_id: int | None = _ref("person", nullable=True, cascade=True)
    role: str | None = None
    project_id: int | None = _ref("project", nullable=True, cascade=True)
    project_role: str | None = None
    email: str | None = None
    created_by: int | None = _ref("person", nullable=True)
    created_at: datetime = _utc()
    expires_at: datetime = _utc()
    used_at: datetime | None = _utc(nullable=True)


class AccessToken(Table, table=True):
    """A personal access token for programs, stored as its digest."""

    __tablename__ = "access_token"
    id: int | None = _id()
    digest: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    person_id: int = _ref("person", index=True, cascade=True)
    label: str = ""
    created_at: datetime = _utc()
    used_at: datetime | None = _utc(nullable=True)
    revoked_at: datetime | None = _utc(nullable=True)


class SignInFailure(Table, table=True):
    """Failed sign-ins of one name (known or not), for the back-off."""

    __tablename__ = "sign_in_failure"
    name: str = Field(primary_key=True)
    failures: int = 0
    locked_until: datetime | None = _utc(nullable=True)
    last_at: datetime = _utc()


# Projects -------------------------------------------------------------------------------------------------------------


class Project(Table, table=True):
    """One body of work. `policy` is validated by core.services.projects.Policy."""

    __tablename__ = "project"
    __table_args__ = (
        CheckConstraint("state IN ('draft','pilot','live','paused','done')", name="state"),
        IDS_ARE_FINAL,
    )
    id: int | None = _id()
    slug: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    title: Any = _json(nullable=False)
    task: str
    state: str = "draft"
    policy: dict[str, Any] = _json(nullable=False)
    split_salt: str
    simulated: bool = False
    created_by: int | None = _ref("person", nullable=True)
    created_at: datetime = _utc()
    state_at: datetime = _utc()


class SettingsVersion(Table, table=True):
    """The task type's settings and the extras; frozen once a live answer refers to it."""

    __tablename__ = "settings_version"
    __table_args__ = (UniqueConstraint("project_id", "number"),)
    id: int | None = _id()
    project_id: int = _ref("project", cascade=True)
    number: int
    settings: dict[str, Any] = _json(nullable=False)
    extras: dict[str, Any] = _json(nullable=False)
    carries_over: dict[str, Any] | None = _json()
    created_by: int | None = _ref("person", nullable=True)
    created_at: datetime = _utc()
    languages_agree: bool = _agreed()


class GuidelineVersion(Table, table=True):
    __tablename__ = "guideline_version"
    __table_args__ = (UniqueConstraint("project_id", "number"),)
    id: int | None = _id()
    project_id: int = _ref("project", cascade=True)
    number: int
    text: Any = _json(nullable=False)
    note: str = ""
    created_by: int | None = _ref("person", nullable=True)
    created_at: datetime = _utc()
    languages_agree: bool = _agreed()


class Membership(Table, table=True):
    """A person in a project, with the role there and the standing."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("person_id", "project_id"),
        CheckConstraint("role IN ('lead','reviewer','annotator','viewer')", name="role"),
        CheckConstraint("state IN ('active','paused','removed')", name="state"),
    )
    id: int | None = _id()
    person_id: int = _ref("person")
    project_id: int = _ref("project", index=True, cascade=True)
    role: str = "annotator"
    state: str = "active"
    qualified: bool = False
    acknowledged_guideline: int | None = None
    avoids: list[str] | None = _json()
    """Sensitive content this person does not take, by name; set by the person or by `unsafe_for_me`."""
    created_at: datetime = _utc()


class Batch(Table, table=True):
    """Items handed over together; the one named "" holds items imported without a batch."""

    __tablename__ = "batch"
    __table_args__ = (UniqueConstraint("project_id", "name"),)
    id: int | None = _id()
    project_id: int = _ref("project", cascade=True)
    name: str = ""
    due_at: datetime | None = _utc(nullable=True)
    priority: int = 0
    created_at: datetime = _utc()


class Lane(Table, table=True):
    """Items that are alike for routing: same batch, priority, languages and sensitive content.

    A person is fit for a whole lane or not at all, so a claim looks at a few lanes, never through the items.
    """

    __tablename__ = "lane"
    __table_args__ = (UniqueConstraint("project_id", "batch_id", "priority", "lang", "response_lang", "sensitive"),)
    id: int | None = _id()
    project_id: int = _ref("project", cascade=True)
    batch_id: int = _ref("batch", cascade=True)
    priority: int = 0
    lang: str = ""
    response_lang: str = ""
    sensitive: str = ""
    """Names of sensitive content, sorted and joined by commas."""


class LaneCursor(Table, table=True):
    """A hint: every open item of the lane up to `position` is of no use to this person."""

    __tablename__ = "lane_cursor"
    person_id: int = Field(sa_column=Column(BigId, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True))
    lane_id: int = Field(sa_column=Column(BigId, ForeignKey("lane.id", ondelete="CASCADE"), primary_key=True))
    position: int = Field(sa_column=Column(BigInteger, nullable=False))


class Remainder(Table, table=True):
    """About how many items are left for a person: a plan made in this state of the project, and `since` items ago.

    None: more than are counted. An estimate, not a count: nothing else in the store says it.
    """

    __tablename__ = "remainder"
    person_id: int = Field(sa_column=Column(BigId, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True))
    project_id: int = Field(sa_column=Column(BigId, ForeignKey("project.id", ondelete="CASCADE"), primary_key=True))
    state: str
    planned: int | None = None
    since: int = 0


class Item(Table, table=True):
    """One unit of work. States: open (a slot is free), taken (all slots live), done (all answered),
    gold (a hidden check, never queued as work), stub (labels without content), flagged, quarantined, withdrawn.
    """

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("project_id", "key"),
        UniqueConstraint("lane_id", "position"),
        UniqueConstraint("id", "overlap"),
        CheckConstraint(
            "state IN ('open','taken','done','gold','stub','flagged','quarantined','withdrawn')", name="state"
        ),
        CheckConstraint("overlap >= 1", name="overlap"),
        Index(
            "ix_item_open",
            "lane_id",
            "position",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_item_state", "project_id", "state", "overlap"),
        Index("ix_item_listed", "project_id", "state", "id"),
        Index("ix_item_imported", "import_id", "state", "id"),
        Index("ix_item_duplicate", "project_id", "duplicate_key"),
        Index("ix_item_prompt", "project_id", "prompt_key"),
        Index(
            "ix_item_group",
            "project_id",
            "group_key",
            sqlite_where=text("group_key IS NOT NULL"),
            postgresql_where=text("group_key IS NOT NULL"),
        ),
        IDS_ARE_FINAL,
    )
    id: int | None = _id()
    project_id: int = _ref("project", cascade=True)
    lane_id: int = _ref("lane")
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    key: str
    """The import's own id, or one made from the content."""
    state: str = "open"
    payload: Any = _json(nullable=False)
    """What the screen may show: responses by random id, no model names."""
    aliases: dict[str, str] | None = _json()
    """Random response id -> the file's own id."""
    models: dict[str, str] | None = _json()
    """Random response id -> model; or {"response": model}."""
    lang: str = ""
    response_lang: str = ""
    group_key: str | None = None
    tags: list[str] | None = _json()
    overlap: int = 1
    digest: str
    """Of the row as imported: the same file again changes nothing."""
    duplicate_key: str
    """Of the normalised content: near duplicates share it."""
    words: int = 0
    """Reading length: words, or Chinese characters / 1.5."""
    meta: dict[str, Any] | None = _json()
    import_id: int | None = _ref("import_job", nullable=True)
    created_at: datetime = _utc()
    audit: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    """On the audit track: drawn at random to get every answer, so that figures of agreement stay unbiased."""
    prompt_key: str | None = None
    """Of the normalised prompt: items that share it stay on one side of every split. None for stubs, which have none."""


class Gold(Table, table=True):
    """A known answer: `check` is served hidden, `reference` only measures."""

    __tablename__ = "gold"
    __table_args__ = (
        CheckConstraint("\"use\" IN ('check','reference')", name="use"),
        Index("ix_gold_draw", "project_id", "use", "draw"),
    )
    item_id: int = Field(sa_column=Column(BigId, ForeignKey("item.id", ondelete="CASCADE"), primary_key=True))
    project_id: int = _ref("project", cascade=True)
    answer: Any = _json(nullable=False)
    explanation: Any = _json()
    use: str = "check"
    draw: float = 0.0
    """Random in [0, 1): a check is drawn by looking up a random point, at the same cost for any number of checks."""
    created_by: int | None = _ref("person", nullable=True)
    created_at: datetime = _utc()


class Exclusion(Table, table=True):
    """An item that this person must not get."""

    __tablename__ = "exclusion"
    item_id: int = Field(sa_column=Column(BigId, ForeignKey("item.id", ondelete="CASCADE"), primary_key=True))
    person_id: int = Field(sa_column=Column(BigId, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True))
    reason: str = ""


class Withdrawal(Table, table=True):
    """An item withdrawn from the work, and what it was before, so that restoring it releases nothing by mistake.

    One row of an item stands while it is withdrawn; rows of restored ones stay on record.
    """

    __tablename__ = "withdrawal"
    __table_args__ = (
        Index(
            "uq_withdrawal_standing",
            "item_id",
            unique=True,
            sqlite_where=text("restored_at IS NULL"),
            postgresql_where=text("restored_at IS NULL"),
        ),
        Index("ix_withdrawal_item", "item_id"),
        Index("ix_withdrawal_project", "project_id", "at"),
    )
    id: int | None = _id()
    item_id: int = _ref("item", cascade=True)
    project_id: int = _ref("project", cascade=True)
    was: str
    """The item's state before."""
    reason: str = ""
    by_id: int | None = _ref("person", nullable=True)
    at: datetime = _utc()
    restored_by: int | None = _ref("person", nullable=True)
    restored_at: datetime | None = _utc(nullable=True)


# Work -----------------------------------------------------------------------------------------------------------------


class Assignment(Table, table=True):
    """An item held by a person for a purpose. Live ones (held, done) occupy a slot of their item; others have none.

    (item_id, overlap) points at the item's own overlap and slot may not pass it: the database itself refuses one answer too many.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        ForeignKeyConstraint(
            ["item_id", "overlap"], ["item.id", "item.overlap"], onupdate="CASCADE", ondelete="CASCADE"
        ),
        UniqueConstraint("item_id", "person_id", "purpose", "nth"),
        CheckConstraint("purpose IN ('work','gold','repeat','practice','quiz','review','pilot')", name="purpose"),
        CheckConstraint("state IN ('held','done','expired','released')", name="state"),
        CheckConstraint("slot IS NULL OR (slot >= 1 AND (purpose <> 'work' OR slot <= overlap))", name="slot"),
        CheckConstraint("purpose <> 'work' OR state NOT IN ('held') OR slot IS NOT NULL", name="held_slot"),
        Index(
            "uq_assignment_slot",
            "item_id",
            "purpose",
            "slot",
            unique=True,
            sqlite_where=text("slot IS NOT NULL"),
            postgresql_where=text("slot IS NOT NULL"),
        ),
        Index("ix_assignment_person", "person_id", "project_id", "state"),
        Index(
            "ix_assignment_lease",
            "project_id",
            "lease_until",
            sqlite_where=text("state = 'held'"),
            postgresql_where=text("state = 'held'"),
        ),
    )
    id: int | None = _id()
    item_id: int = Field(sa_column=Column(BigId, nullable=False))
    overlap: int
    person_id: int = _ref("person")
    project_id: int = _ref("project", cascade=True)
    purpose: str = "work"
    nth: int = 0
    state: str = "held"
    slot: int | None = None
    shown: list[str] | None = _json()
    """Candidate ids in the order shown."""
    settings_version: int = 1
    guideline_version: int = 1
    claimed_at: datetime = _utc()
    lease_until: datetime = _utc()
    draft_rev: int = 0


class Draft(Table, table=True):
    """The latest unsent state of an assignment, as the desk sent it."""

    __tablename__ = "draft"
    assignment_id: int = Field(
        sa_column=Column(BigId, ForeignKey("assignment.id", ondelete="CASCADE"), primary_key=True)
    )
    rev: int
    body: dict[str, Any] = _json(nullable=False)
    saved_at: datetime = _utc()


class Answer(Table, table=True):
    """Append-only: a revision is a new row; exactly one row of (item, person, purpose, nth) is current."""

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("person_id", "submit_key"),
        CheckConstraint(
            "outcome IN ('submitted','skipped','bad_item','personal_data','give_up','unsafe_for_me')", name="outcome"
        ),
        Index(
            "uq_answer_current",
            "item_id",
            "person_id",
            "purpose",
            "nth",
            unique=True,
            sqlite_where=text("current"),
            postgresql_where=text("current"),
        ),
        Index("uq_answer_revision", "item_id", "person_id", "purpose", "nth", "revision", unique=True),
        Index("ix_answer_person", "person_id", "project_id", "at", "revision"),
        Index("ix_answer_project", "project_id", "at"),
    )
    id: int | None = _id()
    assignment_id: int | None = _ref("assignment", nullable=True, index=True)
    item_id: int = _ref("item")
    person_id: int = _ref("person")
    project_id: int = _ref("project", cascade=True)
    purpose: str
    """As the assignment's, or `imported`."""
    nth: int = 0
    revision: int = 1
    current: bool = True
    outcome: str = "submitted"
    reason: str | None = None
    body: Any = _json()
    extras: dict[str, Any] | None = _json()
    shown: list[str] | None = _json()
    guideline_version: int = 1
    settings_version: int = 1
    device: str = ""
    active_ms: int | None = None
    elapsed_ms: int | None = None
    submit_key: str
    body_digest: str
    """Of the request as sent: the same key with another body is refused."""
    passed: bool | None = None
    """For hidden checks: whether the answer agreed with the gold of that moment."""
    seq: int | None = Field(default=None, sa_column=Column(BigInteger))
    """Of the event that recorded it: what a cached figure is good up to."""
    at: datetime = _utc()
    undone_at: datetime | None = _utc(nullable=True)
    """Taken back by its author before anybody relied on it: no revision after the fact."""
    piloted: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    """Given in a pilot: the only answers whose purpose may change, between `pilot` and `work`."""


class TargetValue(Table, table=True):
    """What one answer says about one target: a category's code, a number, or a symbol for sets and ranks."""

    __tablename__ = "target_value"
    answer_id: int = Field(sa_column=Column(BigId, ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True))
    target: str = Field(primary_key=True)
    code: int | None = None
    number: float | None = None
    symbol: str | None = None


class Probability(Table, table=True):
    """How probable a machine judge held each class of a target to be; what it said is in its answer."""

    __tablename__ = "probability"
    answer_id: int = Field(sa_column=Column(BigId, ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True))
    target: str = Field(primary_key=True)
    code: int = Field(primary_key=True)
    value: float


# Review ---------------------------------------------------------------------------------------------------------------


class Verdict(Table, table=True):
    """An item's final value as a reviewer settled it, append-only; computed ones are derived, not stored.

    One row of an item is current. It counts once it is `final`: in a project of two stages the second reviewer makes it so.
    `answer_id` is the answer accepted or picked; `suggested` and `confidence` are what the reviewer was shown, so that
    one can tell who followed the machine.
    """

    __tablename__ = "verdict"
    __table_args__ = (
        CheckConstraint("basis IN ('accepted','picked','edited')", name="basis"),
        CheckConstraint(
            "reason IS NULL OR reason IN ('guideline_gap','annotator_error','ambiguous','bad_item')", name="reason"
        ),
        Index(
            "uq_verdict_current",
            "item_id",
            unique=True,
            sqlite_where=text("current"),
            postgresql_where=text("current"),
        ),
        Index(
            "ix_verdict_final",
            "project_id",
            "item_id",
            sqlite_where=text("current AND final"),
            postgresql_where=text("current AND final"),
        ),
        Index("ix_verdict_item", "item_id", "id"),
        Index("ix_verdict_project", "project_id", "at"),
    )
    id: int | None = _id()
    item_id: int = _ref("item", cascade=True)
    project_id: int = _ref("project", cascade=True)
    assignment_id: int | None = _ref("assignment", nullable=True)
    stage: int = 1
    current: bool = True
    final: bool = True
    body: Any = _json(nullable=False)
    extras: dict[str, Any] | None = _json()
    basis: str
    answer_id: int | None = _ref("answer", nullable=True)
    suggested: Any = _json()
    confidence: float | None = None
    reason: str | None = None
    comment: str | None = None
    settings_version: int = 1
    guideline_version: int = 1
    submit_key: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    body_digest: str
    active_ms: int | None = None
    by_id: int | None = _ref("person", nullable=True)
    at: datetime = _utc()
    reopened_at: datetime | None = _utc(nullable=True)
    reopened_by: int | None = _ref("person", nullable=True)
    reopened_why: str | None = None


class Returned(Table, table=True):
    """An answer sent back to whoever gave it, with a comment; settled when it is revised, or kept as it was."""

    __tablename__ = "returned"
    __table_args__ = (
        CheckConstraint("settled IS NULL OR settled IN ('revised','kept','withdrawn')", name="settled"),
        Index("ix_returned_person", "person_id", "settled_at"),
        Index("ix_returned_item", "item_id"),
        Index("ix_returned_project", "project_id", "at"),
    )
    id: int | None = _id()
    answer_id: int = _ref("answer")
    item_id: int = _ref("item", cascade=True)
    project_id: int = _ref("project", cascade=True)
    person_id: int = _ref("person")
    reason: str | None = None
    comment: str
    by_id: int | None = _ref("person", nullable=True)
    at: datetime = _utc()
    settled: str | None = None
    reply: str | None = None
    """What its author says to it, where the answer is kept."""
    settled_at: datetime | None = _utc(nullable=True)


class Example(Table, table=True):
    """An item that a reviewer proposes as an example for the guidelines; the lead takes it or not."""

    __tablename__ = "example"
    __table_args__ = (
        CheckConstraint("settled IS NULL OR settled IN ('taken','declined')", name="settled"),
        Index("ix_example_project", "project_id", "settled_at"),
    )
    id: int | None = _id()
    item_id: int = _ref("item", cascade=True)
    project_id: int = _ref("project", cascade=True)
    note: str
    by_id: int | None = _ref("person", nullable=True)
    at: datetime = _utc()
    settled: str | None = None
    settled_at: datetime | None = _utc(nullable=True)


# Activity -------------------------------------------------------------------------------------------------------------


class Desk(Table, table=True):
    """The one desk at which a person works now."""

    __tablename__ = "desk"
    person_id: int = Field(sa_column=Column(BigId, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True))
    desk: str
    seen_at: datetime = _utc()


class Beat(Table, table=True):
    """Activity as a desk measured it, capped by the wall time between beats when it is counted."""

    __tablename__ = "beat"
    __table_args__ = (
        UniqueConstraint("person_id", "desk", "number"),
        Index("ix_beat_day", "person_id", "at"),
        Index("ix_beat_project", "project_id", "at"),
    )
    id: int | None = _id()
    person_id: int = _ref("person", cascade=True)
    project_id: int | None = _ref("project", nullable=True, cascade=True)
    assignment_id: int | None = None
    desk: str
    number: int
    category: str = "work"
    active_ms: int = 0
    idle_ms: int = 0
    hidden_ms: int = 0
    counted_ms: int = 0
    at: datetime = _utc()


# Files and the log ----------------------------------------------------------------------------------------------------


class Upload(Table, table=True):
    """A file that came through the browser, on disk under the data directory."""

    __tablename__ = "upload"
    id: str = Field(primary_key=True)
    person_id: int = _ref("person", index=True)
    project_id: int = _ref("project", cascade=True)
    filename: str
    path: str
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    sha256: str
    created_at: datetime = _utc()


class ImportJob(Table, table=True):
    __tablename__ = "import_job"
    __table_args__ = (IDS_ARE_FINAL,)
    id: int | None = _id()
    project_id: int = _ref("project", index=True, cascade=True)
    kind: str
    filename: str
    sha256: str
    report: dict[str, Any] | None = _json()
    by_id: int | None = _ref("person", nullable=True)
    at: datetime = _utc()
    undone_by: int | None = _ref("person", nullable=True)
    undone_at: datetime | None = _utc(nullable=True)


class ExportJob(Table, table=True):
    __tablename__ = "export_job"
    id: str = Field(primary_key=True)
    project_id: int = _ref("project", index=True, cascade=True)
    format: str
    path: str
    report: dict[str, Any] | None = _json()
    by_id: int | None = _ref("person", nullable=True)
    at: datetime = _utc()


class Event(Table, table=True):
    """One change of state. Ids and digests only, never content, so that erasure does not break the chain."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_project", "project_id", "seq"),)
    seq: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    at: datetime = _utc()
    actor_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    kind: str
    project_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    subject: str
    """What it is about: "answer:12 item:7"."""
    digest: str
    """SHA-256 of the content it is about, or empty."""
    chain: str
    """SHA-256 over the previous chain value and this row."""


def core(table: type[Table]) -> SqlTable:
    """The plain SQLAlchemy table of a model, for statements in Core."""
    return table.__table__  # type: ignore[attr-defined,no-any-return]
