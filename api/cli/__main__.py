"""`python -m api.cli`, where the `hub` script is not installed."""

from api.cli import main

main(prog_name="hub")
