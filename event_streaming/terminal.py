"""What the commands show in a terminal: a bar, a table, findings, outcomes."""

import sys
import time
from collections.abc import Callable
from datetime import timedelta

import click
import frappe

from event_streaming import progress

BAR_WIDTH = 30


class Bar:
	"""A line of a terminal that shows how far some work is, from the figures that the form shows. Ctrl+C ends the work as
	Stop does: what is done stays, and the same command goes on."""

	def __init__(self, label: str, stop: Callable[[], None] | None = None):
		self.label = label
		self._stop = stop
		self._began: tuple[float, int] | None = None
		self._is_seen = sys.stdout.isatty()

	def __enter__(self) -> "Bar":
		if not self._is_seen:
			click.echo(self.label)
		return self

	def __exit__(self, kind, *_exception) -> None:
		if self._is_seen and self._began:
			click.echo()
		if kind is KeyboardInterrupt:
			frappe.db.rollback()
			if self._stop:
				self._stop()
				frappe.db.commit()  # nosemgrep -- else the schedule goes on with it
			raise click.ClickException("Stopped. The same command goes on where it was.")

	def show_runs(self, rows: list) -> None:
		"""
		:param rows: as of `Runs.shown`
		"""
		running = [row for row in rows if row.status == "Running"]
		done, total = sum(row.done for row in rows), sum(max(row.total, row.done) for row in rows)
		figures = running[0] if running else frappe._dict()
		label = f"{self.label} {figures.ref_doctype or ''}"
		self._draw(label, done, total, figures.per_second, figures.seconds_left)

	def show(self, done: int, total: int) -> None:
		self._began = self._began or (time.time(), done)
		self._draw(self.label, done, total, *progress.pace(*self._began, done, total).values())

	def _draw(self, label: str, done: int, total: int, per_second: float | None, left: int | None) -> None:
		self._began = self._began or (time.time(), done)
		if not self._is_seen:
			return
		filled = BAR_WIDTH * done // max(total, 1)
		bar = "#" * filled + "-" * (BAR_WIDTH - filled)
		rate = f"  {per_second:.0f}/s" if per_second else ""
		remaining = f"  {timedelta(seconds=left)} left" if left is not None else ""
		click.echo(f"\r\033[K{label} [{bar}] {done}/{total}{rate}{remaining}", nl=False)


def print_table(columns: tuple, rows: list[tuple]) -> None:
	full = [tuple(map(str, row)) for row in (columns, *rows) if len(row) == len(columns)]
	widths = [max(len(row[index]) for row in full) for index in range(len(columns))]
	for row in (columns, *rows):
		cells = [str(cell) for cell in row]
		if len(row) == len(columns):
			cells = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
		click.echo("  ".join(cells).rstrip())


def print_finding(finding) -> None:
	colors = {"OK": "green", "Warning": "yellow", "Problem": "red"}
	level = click.style(finding.level.ljust(8), fg=colors[finding.level])
	click.echo(f"{level} {finding.subject}: {finding.message}")
	if finding.remedy:
		click.echo(f"         {finding.remedy}")


def print_outcome(outcome, dry_run: bool) -> None:
	"""
	:param outcome: of one record of a setup file
	"""
	marks = {
		"created": ("+", "green"),
		"changed": ("~", "yellow"),
		"unchanged": ("=", "white"),
		"failed": ("!", "red"),
	}
	mark, color = marks[outcome.status]
	would = " (not applied)" if dry_run and outcome.status in ("created", "changed") else ""
	click.secho(f"{mark} {outcome.doctype} {outcome.name}{would}", fg=color)
	for change in outcome.changes if outcome.status != "unchanged" else ():
		click.echo(f"    {change}")
	if outcome.message:
		click.secho(f"    {outcome.message}", fg="red")
	if outcome.code:
		click.echo(f"    code for {outcome.name}: {outcome.code}")
