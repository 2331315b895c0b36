"""The bank holidays of England, on which offices are closed."""

import datetime as dt
from typing import Final

import holidays

FIRST_YEAR: Final = 2018
"""Operation Luscombe began in May 2018."""
YEARS_AHEAD: Final = 3


def bank_holidays(today: dt.date) -> frozenset[dt.date]:
    """The bank holidays of England from the first year of the operation until three years from today."""
    years = range(FIRST_YEAR, today.year + YEARS_AHEAD + 1)
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=years))
