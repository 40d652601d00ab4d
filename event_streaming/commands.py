import click
import frappe
from frappe.commands import get_site, pass_context
from frappe.utils import cint, pretty_date

COLUMNS = ("Role", "Site", "State", "Behind", "Lag", "Failed", "Parked", "Last contact")


@click.group("event-streaming")
def event_streaming():
	"""Documents that this site receives from and sends to other sites."""


@event_streaming.command("pull")
@click.option(
	"--producer", help="URL of the one site to receive from. Default: every one that is not paused."
)
@pass_context
def pull_command(context, producer: str | None = None):
	"""Receive what other sites have for this one, until nothing is left."""
	with _site(context):
		results = [_pull(name) for name in _producers_to_pull(producer)]
	if not results:
		click.echo("This site receives from no other site, or every link is paused.")
	if any(summary.error or summary.busy for summary in results):
		raise SystemExit(1)


@event_streaming.command("status")
@pass_context
def status_command(context):
	"""How each link of this site is doing."""
	with _site(context):
		rows = [*_producer_rows(), *_consumer_rows()]
	if not rows:
		click.echo("This site has no links. Make an Event Producer to receive from another site.")
		return
	_print_table(COLUMNS, rows)


class _site:
	"""The site of the command line, connected while the block runs."""

	def __init__(self, context):
		self.site = get_site(context)

	def __enter__(self):
		frappe.init(self.site)
		frappe.connect()
		if "event_streaming" not in frappe.get_installed_apps():
			self.__exit__()
			raise click.ClickException(f"event_streaming is not installed on {self.site}.")

	def __exit__(self, *_exception):
		frappe.destroy()


def _producers_to_pull(producer: str | None) -> list[str]:
	if not producer:
		return frappe.get_all("Event Producer", filters={"paused": 0}, order_by="name", pluck="name")

	from event_streaming.exceptions import UrlNotAllowed
	from event_streaming.link.urls import normalise_url

	try:
		name = normalise_url(producer)
	except UrlNotAllowed as error:
		raise click.ClickException(str(error)) from None
	if not frappe.db.exists("Event Producer", name):
		raise click.ClickException(f"This site has no Event Producer {name}.")
	return [name]


def _pull(producer: str):
	from event_streaming.consumer.pull import pull

	with click.progressbar(length=1, label=producer, width=30, show_pos=True) as bar:

		def show(summary) -> None:
			bar.length = max(summary.events + summary.behind, 1)
			bar.update(summary.events - bar.pos)

		summary = pull(producer, progress=show)
		bar.length = max(summary.events, 1)
		bar.update(bar.length - bar.pos)
	_print_summary(summary)
	return summary


def _print_summary(summary) -> None:
	rate = summary.events / summary.seconds if summary.seconds else 0
	click.echo(
		f"  {summary.synced} synced, {summary.failed} failed, {summary.waiting} waiting, {summary.skipped} skipped"
		f" in {summary.seconds:.1f} s ({rate:.0f}/s)"
	)
	for doctype, count in sorted(summary.by_doctype.items()):
		click.echo(f"    {doctype}: {count}")
	if summary.busy:
		click.secho("  Another process is receiving from this site at the moment.", fg="yellow")
	if summary.error:
		click.secho(f"  {summary.error}", fg="red")


def _producer_rows() -> list[tuple]:
	from event_streaming.consumer import link_state

	rows = []
	for name in frappe.get_all("Event Producer", order_by="name", pluck="name"):
		state = link_state.read(name)
		counts = (state.failed, state.parked, _ago(state.last_contact))
		rows.append(("receives from", name, state.state or "Not Registered", *_distance(state), *counts))
		if state.error:
			rows.append(("", f"  {state.error}"))
	return rows


def _consumer_rows() -> list[tuple]:
	from event_streaming.producer import link_state

	rows = []
	for name in frappe.get_all("Event Consumer", order_by="name", pluck="name"):
		state = frappe._dict(link_state.read(frappe.get_doc("Event Consumer", name)))
		rows.append(("sends to", name, state.state, *_distance(state), "", "", _ago(state.last_contact)))
	return rows


def _distance(state: frappe._dict) -> tuple[int, str]:
	return cint(state.behind), f"{cint(state.lag_seconds)} s"


def _ago(time) -> str:
	return pretty_date(time) if time else "never"


def _print_table(columns: tuple, rows: list[tuple]) -> None:
	full = [tuple(map(str, row)) for row in (columns, *rows) if len(row) == len(columns)]
	widths = [max(len(row[index]) for row in full) for index in range(len(columns))]
	for row in (columns, *rows):
		cells = [str(cell) for cell in row]
		if len(row) == len(columns):
			cells = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
		click.echo("  ".join(cells).rstrip())


commands = [event_streaming]
