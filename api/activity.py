"""Beats: what a desk measured since its last report, and the paid clock in reply."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api import security
from api.work import check_actor
from core.services import activity
from core.store.engine import transaction

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
def receive(request: Request, body: ActivityBody) -> dict[str, Any]:
    actor = security.actor(request)
    check_actor(request, actor)
    with transaction() as session:
        received = activity.receive(
            session, actor, now=security.now(), desk=body.desk, beats=[beat.measured() for beat in body.beats]
        )
    return {"acknowledged": received.acknowledged, "clock": vars(received.clock)}
