"""Pictures of figures: SVG made on the server, each with the table that says the same.

A picture is drawn twice, wide and narrow, and the style sheet shows the one that fits. It has classes and no style:
colours are the style sheet's, and a pattern or a word says what a colour says.
"""

from api.web.charts.bars import highest_step
from api.web.charts.flow import flow
from api.web.charts.histogram import days_to_hub
from api.web.charts.lanes import lanes
from api.web.charts.picture import Chart
from api.web.charts.ratios import rate_ratios
from api.web.charts.stacked import episodes_by_agency, referrals_by_agency
from api.web.charts.table import Row, Table, csv_of

__all__ = [
    "Chart",
    "Row",
    "Table",
    "csv_of",
    "days_to_hub",
    "episodes_by_agency",
    "flow",
    "highest_step",
    "lanes",
    "rate_ratios",
    "referrals_by_agency",
]
