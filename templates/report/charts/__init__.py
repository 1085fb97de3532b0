"""Charts as SVG text: one small function each, from plain numbers to one picture in one language.

Belongs here: nothing but the list of what there is, for whoever draws. Not here: which indicator is drawn how
(templates/report/layout.py), the table that stands beside every chart (the page's templates).

Every chart carries its own colours, so that it looks the same on the report's page, in a console, on paper and as a
file of its own. It has a title and a description that are read aloud, needs no colour and no script to be understood,
and the same numbers give the same bytes on every machine.
"""

from templates.report.charts.bars import Bars, Series, draw_bars
from templates.report.charts.bullets import Bullet, Bullets, draw_bullets
from templates.report.charts.canvas import DEEP, NO_SHAPE, PALE, both, shade, standalone
from templates.report.charts.curves import Curve, Curves, draw_curves
from templates.report.charts.heat import HeatMap, draw_heat
from templates.report.charts.histogram import Band, Cap, Histogram, draw_histogram
from templates.report.charts.inline import bar, key, parts
from templates.report.charts.lorenz import Lorenz, draw_lorenz
from templates.report.charts.stacked import Stacked, draw_stacked

__all__ = [
    "DEEP",
    "NO_SHAPE",
    "PALE",
    "Band",
    "Bars",
    "Bullet",
    "Bullets",
    "Cap",
    "Curve",
    "Curves",
    "HeatMap",
    "Histogram",
    "Lorenz",
    "Series",
    "Stacked",
    "bar",
    "both",
    "draw_bars",
    "draw_bullets",
    "draw_curves",
    "draw_heat",
    "draw_histogram",
    "draw_lorenz",
    "draw_stacked",
    "key",
    "parts",
    "shade",
    "standalone",
]
