"""Beats: what a desk measured since its last report, and the paid clock in reply."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlmodel import Session

from api import security
from api.bodies import read, shaped
from api.jobs import answered
from core.permissions import Actor
from core.services import activity

router = APIRouter()

_LARGEST = 160_000
"""Bytes: five hundred beats with every field at its longest."""
_A_DAY = 86_400_000
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Moment = Annotated[AwareDatetime, Field(ge=_FIRST, lt=_LAST)]
"""A device's clock may be off by years; within these, nothing that is added or taken away leaves the calendar."""
Milliseconds = Annotated[int, Field(ge=0, le=_A_DAY)]


class BeatBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    seq: Annotated[int, Field(ge=1, lt=2**31)]
    at: Moment
    active_ms: Milliseconds
    idle_ms: Milliseconds = 0
    hidden_ms: Milliseconds = 0
    assignment: Annotated[int, Field(ge=1, lt=2**53)] | None = None
    category: Annotated[str, Field(max_length=20)] = "work"

    def measured(self) -> activity.Measured:
        times = (self.active_ms, self.idle_ms, self.hidden_ms)
        return activity.Measured(self.seq, self.at, *times, self.assignment, self.category)


class ActivityBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    desk: Annotated[str, Field(min_length=1, max_length=100)]
    beats: Annotated[list[BeatBody], Field(min_length=1, max_length=500)]


@router.post("/activity")
async def receive(request: Request) -> Response:
    body = shaped(await read(request, _LARGEST), ActivityBody)

    def use(session: Session, actor: Actor) -> Any:
        beats = [beat.measured() for beat in body.beats]
        received = activity.receive(session, actor, now=security.now(), desk=body.desk, beats=beats)
        return {"acknowledged": received.acknowledged, "clock": vars(received.clock)}

    return await answered(request, use)
