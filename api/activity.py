"""Beats: what a desk measured since its last report, and the paid clock in reply."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlmodel import Session

from api import security
from api.jobs import answered
from core.permissions import Actor
from core.services import activity

router = APIRouter()

_A_DAY = 86_400_000
Milliseconds = Annotated[int, Field(ge=0, le=_A_DAY)]


class BeatBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    seq: Annotated[int, Field(ge=1, lt=2**31)]
    at: AwareDatetime
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
async def receive(request: Request, body: ActivityBody) -> Response:
    def use(session: Session, actor: Actor) -> Any:
        beats = [beat.measured() for beat in body.beats]
        received = activity.receive(session, actor, now=security.now(), desk=body.desk, beats=beats)
        return {"acknowledged": received.acknowledged, "clock": vars(received.clock)}

    return await answered(request, use)
