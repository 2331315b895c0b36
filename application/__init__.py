"""What the system does with the rules: every decision, entered in one table."""

from application import engagement, governance, people, support

__all__ = ["engagement", "governance", "people", "support"]
