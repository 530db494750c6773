"""What is said about items and what people answered to them: states, reasons for a look, orders, confidence."""

from collections.abc import Mapping

from core.errors import N_
from core.services.quality.items import Leaf, Order, Reason
from ui import figures
from ui.text import _, _n

REASONS: Mapping[Reason, str] = {
    "disputed": N_("annotators contradict the gold answer"),
    "set_aside": N_("on hold"),
    "unsure": N_("low confidence"),
    "split": N_("annotators are split"),
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
    "repeat": N_("hidden repeat"),
    "imported": N_("imported"),
}


def confidence_sentence(found: Leaf) -> str:
    """What the distribution says, and how much it is worth."""
    sure = sum(found.histogram)
    if not sure and found.known == found.fit:
        return _("All of these are gold items, so their confidence is not estimated.")
    if not sure:
        return _("Confidence per item is available for classes and short scales only; sort by disagreement instead.")
    text = _n(
        "{n} of {all} item has a confidence below {share}: look at it first.",
        "{n} of {all} items have a confidence below {share}: look at them first.",
        found.unsure,
    )
    said = text.format(n=figures.number(found.unsure), all=figures.number(sure), share=figures.percent(1 - found.doubt))
    return figures.sentences(said, calibration(found))


def calibration(found: Leaf) -> str:
    if found.calibrated is None:
        return _("Too few gold items to calibrate this confidence, so it is lowered as a precaution.")
    return _n("Calibrated on {n} gold item.", "Calibrated on {n} gold items.", found.calibrated).format(
        n=figures.number(found.calibrated)
    )
