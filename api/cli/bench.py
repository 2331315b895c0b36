"""`hub bench`: measures this machine."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import rich_click as click

from api.console import fail, json_option

if TYPE_CHECKING:
    from benchmarks.log import Report


@click.group()
def command() -> None:
    """Measure what this machine can do; nothing of the installation is touched."""


@command.command()
@click.option("--quick", is_flag=True, help="One short round and a short log: to see that it runs, not to compare.")
@json_option
def log(*, quick: bool, as_json: bool) -> None:
    """Measure the event log beside PostgreSQL's and the library's own figures, on a server of its own (ten minutes)."""
    try:
        import uvloop  # noqa: PLC0415 - not there on every system

        from benchmarks.log import FULL, QUICK, measure  # noqa: PLC0415 - heavy
    except ImportError as missing:
        fail(f"{missing.name} is not installed: the library's recorders need what requirements-dev.lock lists")
    import msgspec  # noqa: PLC0415 - heavy

    shown = as_json or not sys.stdout.isatty()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # however it is ended, its server and folder go
    report = uvloop.run(measure(QUICK if quick else FULL, lambda step: click.echo(f"• {step}", err=True)))
    if shown:
        click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        show(report)


@command.command()
@click.option("--quick", is_flag=True, help="Few people and few requests: to see that it runs, not to compare.")
def web(*, quick: bool) -> None:
    """Measure how long pages take and what they weigh, among 300,000 people (ten minutes); prints JSON."""
    import msgspec  # noqa: PLC0415 - heavy
    import uvloop  # noqa: PLC0415 - not there on every system

    from benchmarks.web import FULL, QUICK, measure  # noqa: PLC0415 - heavy

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # however it is ended, its server and folder go
    report = uvloop.run(measure(QUICK if quick else FULL, lambda step: click.echo(f"• {step}", err=True)))
    click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())


@command.command()
@click.option("--quick", is_flag=True, help="One short round: to see that it runs, not to compare.")
def access(*, quick: bool) -> None:
    """Measure reads with the access ledger and without it, at 64 readers (three minutes); prints JSON."""
    import msgspec  # noqa: PLC0415 - heavy
    import uvloop  # noqa: PLC0415 - not there on every system

    from benchmarks.access import FULL, QUICK, measure  # noqa: PLC0415 - heavy

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # however it is ended, its server and folder go
    report = uvloop.run(measure(QUICK if quick else FULL, lambda step: click.echo(f"• {step}", err=True)))
    click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())


@command.command()
@click.option("--quick", is_flag=True, help="A short log: to see that it runs, not to compare.")
def prove(*, quick: bool) -> None:
    """Measure proofs and the verifier on a log of a million leaves (three minutes); prints JSON."""
    import msgspec  # noqa: PLC0415 - heavy
    import uvloop  # noqa: PLC0415 - not there on every system

    from benchmarks.prove import FULL, QUICK, measure  # noqa: PLC0415 - heavy

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # however it is ended, its server and folder go
    report = uvloop.run(measure(QUICK if quick else FULL, lambda step: click.echo(f"• {step}", err=True)))
    click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())


@command.command()
@click.option(
    "--quick", is_flag=True, help="One small register and few questions: to see that it runs; needs nothing more."
)
def find(*, quick: bool) -> None:
    """Measure finding people in registers of up to 1,000,000, beside pg_trgm (half an hour); prints JSON."""
    import msgspec  # noqa: PLC0415 - heavy
    import uvloop  # noqa: PLC0415 - not there on every system

    from benchmarks.find import FULL, QUICK, measure  # noqa: PLC0415 - heavy

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # however it is ended, its server and folder go
    try:
        report = uvloop.run(measure(QUICK if quick else FULL, lambda step: click.echo(f"• {step}", err=True)))
    except ImportError as missing:
        fail(f"{missing.name} is not installed: registers are made by what the dependency group `finding` lists")
    click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())


def show(report: Report) -> None:
    """The figures as tables."""
    from rich.console import Console  # noqa: PLC0415 - heavy
    from rich.table import Table  # noqa: PLC0415 - heavy

    rates = Table("measured", "per second", "p50 ms", "p99 ms", title=f"medians of {len(report.rounds)} rounds")
    for name, one in report.medians.items():
        rates.add_row(name, f"{one.per_second:,.0f}", f"{one.p50_ms:,.2f}", f"{one.p99_ms:,.2f}")
    ratios = Table("ratio", "found", "to reach", title="ratios")
    for name, found in report.ratios.items():
        least = report.targets.get(name)
        style = "" if least is None else "green" if found >= least else "red"
        ratios.add_row(name, f"{found:,.2f}", "" if least is None else f"{least:g}", style=style)
    long = Table("a long log", "", title=f"{report.long.events:,} events")
    for row in (
        ("replayed per second", f"{report.long.replayed_per_second:,.0f}"),
        ("projections rebuilt, events per second", f"{report.long.rebuilt_per_second:,.0f}"),
        (f"timeline of {report.long.timeline_lines} at the database, ms", f"{report.long.timeline_database_p50_ms}"),
        (f"timeline of {report.long.timeline_lines} opened, ms", f"{report.long.timeline_opened_p50_ms}"),
        ("memory, MB", ", ".join(f"{name} {found:.0f}" for name, found in report.long.memory_mb.items())),
    ):
        long.add_row(*row)
    console = Console()
    for table in (rates, ratios, long):
        for column in table.columns[1:]:
            column.justify = "right"
        console.print(table)
    flush = report.machine.fdatasync_us
    console.print(
        f"fdatasync {flush['before']:.0f} µs before, {flush['after']:.0f} µs after; {report.machine.cpus} cores"
    )
