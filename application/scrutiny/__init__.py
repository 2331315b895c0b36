"""Scrutiny panels: the draw of a sample, the pack of a case, the report, and who is met and dealt with how often."""
