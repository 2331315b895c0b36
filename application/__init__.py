"""What the system does with the rules: every decision, entered in one table."""

from application import accounts, between, engagement, follow_up, governance, people, support

__all__ = ["accounts", "between", "engagement", "follow_up", "governance", "people", "support"]
