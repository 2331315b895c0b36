"""What the system does with the rules: every decision, entered in one table."""

from application import accounts, between, engagement, follow_up, governance, people, support
from application.rights import decisions as rights
from application.rights import keeping
from application.scrutiny import decisions as scrutiny
from application.scrutiny import reminding

__all__ = [
    "accounts",
    "between",
    "engagement",
    "follow_up",
    "governance",
    "keeping",
    "people",
    "reminding",
    "rights",
    "scrutiny",
    "support",
]
