"""What is said about items and what people answered to them: states, reasons for a look, orders, confidence."""

from collections.abc import Mapping

from core.errors import N_
from core.services.quality.items import Leaf, Order, Reason
from ui import figures
from ui.text import _, _n

REASONS: Mapping[Reason, str] = {
    "disputed": N_("annotators contradict the gold answer"),
    "set_aside": N_("on hold"),
    "unsure": N_("unsure"),
    "split": N_("people are split"),
    "alone": N_("one answer only"),
}
ORDERS: Mapping[Order, str] = {
    "worth": N_("Most worth a look first"),
    "confidence": N_("Least confident first"),
    "disagreement": N_("Most disputed first"),
    "difficulty": N_("Hardest first"),
    "labels": N_("Most answers first"),
}
PURPOSES: Mapping[str, str] = {
    "gold": N_("hidden check"),
    "repeat": N_("second look"),
    "imported": N_("imported"),
}


def confidence_sentence(found: Leaf) -> str:
    """What the distribution says, and how much it is worth."""
    sure = sum(found.histogram)
    if not sure and found.known == found.fit:
        return _("The answers to all of these are known: there is nothing to be unsure of.")
    if not sure:
        return _("How sure each item is can be told for classes and short scales; here, sort by disagreement instead.")
    text = _n("{n} of {all} item is less than {share} sure: look at it first.", "{n} of {all} items are less than {share} sure: look at them first.", found.unsure)  # fmt: skip
    said = text.format(n=figures.number(found.unsure), all=figures.number(sure), share=figures.percent(1 - found.doubt))
    return figures.sentences(said, calibration(found))


def calibration(found: Leaf) -> str:
    if found.calibrated is None:
        return _("Too few gold items to calibrate this confidence, so it is lowered as a precaution.")
    return _n("Calibrated on {n} gold item.", "Calibrated on {n} gold items.", found.calibrated).format(
        n=figures.number(found.calibrated)
    )
