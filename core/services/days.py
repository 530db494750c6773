"""Whose day it is: days begin at midnight where the person is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_of(preferences: Mapping[str, Any] | None) -> ZoneInfo:
    try:
        return ZoneInfo((preferences or {}).get("timezone") or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def day_start(now: datetime, preferences: Mapping[str, Any] | None) -> datetime:
    """The last midnight of the person, as an aware moment."""
    return now.astimezone(zone_of(preferences)).replace(hour=0, minute=0, second=0, microsecond=0)
