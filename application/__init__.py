"""What the system does with the rules: every decision, entered in one table."""

from application import engagement, follow_up, governance, people, support

__all__ = ["engagement", "follow_up", "governance", "people", "support"]
