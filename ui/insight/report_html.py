"""A report as one HTML file that needs nothing else: to print, to keep, to send. Every text is escaped, nothing runs in it."""

from collections.abc import Callable
from html import escape
from typing import Any

from core.language import HTML_TAGS
from ui.charts import FONT
from ui.insight.report_blocks import Dot, Dots, Facts, Heading, Paragraph, Points, Report, Stack, Table

TONES = ("#0f6b66", "#2a6fb0", "#d9822b", "#8a5a9e", "#8c7a5b")
"""As on the pages; names and counts stand beside them, so that no colour speaks alone."""
STYLE = """
:root { color-scheme: light; }
body { font-size: 15px; line-height: 1.55; color: #24221e; background: #fff; max-width: 860px; margin: 40px auto; padding: 0 20px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0; } h2 { font-size: 18px; margin: 32px 0 8px; }
.sub { color: #6d685e; margin: 4px 0 24px; } p, ul { margin: 8px 0; max-width: 72ch; } ul { padding-left: 20px; } li { margin: 4px 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin: 12px 0; font-size: 13px; }
th { text-align: left; color: #6d685e; font-weight: 500; vertical-align: bottom; }
th, td { padding: 5px 12px 5px 0; border-bottom: 1px solid #e4e0d6; } .facts th { width: 34%; }
.wide { overflow-x: auto; } .wide td, .wide th { white-space: nowrap; } .wide svg { min-width: 560px; } svg { display: block; width: 100%; height: auto; margin: 8px 0; }
.key { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 4px 20px; font-size: 13px; }
.key b { display: inline-block; width: 11px; height: 11px; margin-right: 7px; }
@page { size: A4; margin: 16mm; }
@media print { body { margin: 0; max-width: none; padding: 0; font-size: 12px; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  h2 { break-after: avoid; } tr, svg, li { break-inside: avoid; } table { font-size: 10.5px; } .wide { overflow: visible; }
  .wide td, .wide th { white-space: normal; } }
"""
WIDTH, ROW = 760, 40


def page(report: Report) -> str:
    body = "\n".join(_DRAWN[type(block)](block) for block in report.blocks)
    return (
        f'<!doctype html>\n<html lang="{HTML_TAGS[report.language]}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(report.title)}</title>\n<style>\nbody {{ font-family: {FONT}; }}{STYLE}</style>\n</head>\n<body>\n"
        f'<h1>{escape(report.title)}</h1>\n<p class="sub">{escape(report.subtitle)}</p>\n{body}\n</body>\n</html>\n'
    )


def _heading(block: Heading) -> str:
    return f"<h2>{escape(block.text)}</h2>"


def _paragraph(block: Paragraph) -> str:
    return f"<p>{escape(block.text)}</p>"


def _points(block: Points) -> str:
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in block.texts) + "</ul>"


def _facts(block: Facts) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in block.rows
    )
    return f'<table class="facts">{rows}</table>'


def _table(block: Table) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in block.columns)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in block.rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


# Drawings -------------------------------------------------------------------------------------------------------------


def _dots(block: Dots) -> str:
    lowest = min([0.0, *(max(row.value if row.low is None else row.low, -1.0) for row in block.rows)])
    height = ROW * len(block.rows) + 22
    rows = "".join(_dot(place, row, lowest) for place, row in enumerate(block.rows))
    drawing = _svg(height, block.sentence, _grid(lowest, height) + rows)
    return f'{_paragraph(Paragraph(block.sentence))}<div class="wide">{drawing}</div>'


def _x(value: float, lowest: float) -> float:
    return round(8 + (WIDTH - 16) * (value - lowest) / (1 - lowest), 1)


def _grid(lowest: float, height: float) -> str:
    ticks = [tick for tick in (-1, -0.5, 0, 0.25, 0.5, 0.75, 1) if tick >= lowest]
    lines = (
        f'<line x1="{_x(t, lowest)}" x2="{_x(t, lowest)}" y1="0" y2="{height - 18}" stroke="#e4e0d6"/>' for t in ticks
    )
    words = (_text(_x(t, lowest), height - 4, f"{t:g}".replace("-", "−"), "middle", "#6d685e") for t in ticks)
    return "".join([*lines, *words])


def _dot(place: int, row: Dot, lowest: float) -> str:
    y = ROW * place + 28
    low, high = (row.value if end is None else end for end in (row.low, row.high))
    return (
        f'<line x1="{_x(max(low, -1), lowest)}" x2="{_x(high, lowest)}" y1="{y}" y2="{y}" stroke="{TONES[0]}" stroke-width="4"/>'
        f'<circle cx="{_x(max(row.value, lowest), lowest)}" cy="{y}" r="6" fill="{TONES[0]}"/>'
        f"{_text(8, y - 11, row.name, 'start', '#24221e')}{_text(WIDTH - 8, y - 11, row.label, 'end', '#6d685e')}"
    )


def _stack(block: Stack) -> str:
    whole = sum(part.n for part in block.parts) or 1
    at, bars = 0.0, []
    for part in block.parts:
        width = WIDTH * part.n / whole
        bars.append(f'<rect x="{at:.1f}" y="0" width="{max(width - 1, 1):.1f}" height="26" fill="{TONES[part.tone]}"/>')
        at += width
    key = "".join(
        f'<li><b style="background:{TONES[part.tone]}"></b>{escape(part.name)}: {part.n:,} ({round(100 * part.n / whole)}%)</li>'
        for part in block.parts
    )
    return (
        _paragraph(Paragraph(block.sentence)) + _svg(26, block.sentence, "".join(bars)) + f'<ul class="key">{key}</ul>'
    )


def _text(x: float, y: float, words: str, anchor: str, colour: str) -> str:
    halo = 'paint-order="stroke" stroke="#fff" stroke-width="4"'
    return f'<text x="{x}" y="{y}" font-size="13" text-anchor="{anchor}" fill="{colour}" {halo}>{escape(words)}</text>'


def _svg(height: float, title: str, inner: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img"><title>{escape(title)}</title>{inner}</svg>'


_DRAWN: dict[type[Any], Callable[[Any], str]] = {
    Heading: _heading, Paragraph: _paragraph, Points: _points, Facts: _facts, Table: _table, Dots: _dots, Stack: _stack,
}  # fmt: skip


def file_name(slug: str, language: str) -> str:
    return f"{slug}-quality-{language}.html"
