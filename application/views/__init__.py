"""Everything that is folded for looking at."""

from application.views.view import AnyView, Place, Rows, View, Views

__all__ = ["AnyView", "Place", "Rows", "View", "Views"]
