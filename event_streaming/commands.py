import json
from dataclasses import asdict

import click
import frappe
from frappe.commands import get_site, pass_context
from frappe.utils import cint, pretty_date

from event_streaming.terminal import Bar, print_finding, print_outcome, print_table

COMPARED = (
	"DocType", "There", "Here", "Equal", "Missing", "Different", "Surplus", "Behind", "Percent equal", "State",
)  # fmt: skip
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


@event_streaming.command("backfill")
@click.option("--producer", help="URL of the one site to fetch from. Default: every one that is not paused.")
@click.option(
	"--doctype", help="The one DocType to fetch, as this site calls it. Default: all that are approved."
)
@click.option(
	"--only", help='Filters as JSON: [["company", "=", "North"]]. Only documents that fit them are fetched.'
)
@click.option("--from-date", help="Only documents that were made there on that day or later: 2026-01-31.")
@click.option("--newest-first", is_flag=True, help="Begin with the documents that were made last.")
@pass_context
def backfill_command(
	context,
	producer: str | None = None,
	doctype: str | None = None,
	only: str | None = None,
	from_date: str | None = None,
	newest_first: bool = False,
):
	"""Fetch the documents that were at other sites before this one subscribed. Goes on where it was stopped."""
	with _site(context):
		part = {"only": only, "from_date": from_date, "newest_first": newest_first}
		errors = [_backfill(name, doctype, **part) for name in _producers_to_pull(producer)]
	if not errors:
		click.echo("This site receives from no other site, or every link is paused.")
	if any(errors):
		raise SystemExit(1)


@event_streaming.command("compare")
@click.option(
	"--producer", help="URL of the one site to compare with. Default: every one that is not paused."
)
@click.option(
	"--doctype", help="The one DocType to compare, as this site calls it. Default: all that are approved."
)
@click.option("--repair", is_flag=True, help="Take what is missing or different from the other site.")
@click.option("--delete-surplus", is_flag=True, help="With --repair: delete what is no longer there.")
@pass_context
def compare_command(
	context,
	producer: str | None = None,
	doctype: str | None = None,
	repair: bool = False,
	delete_surplus: bool = False,
):
	"""Find out whether this site has what other sites give it. Ends with 1 where they differ."""
	with _site(context):
		equal = [_compare(name, doctype, repair, delete_surplus) for name in _producers_to_pull(producer)]
	if not equal:
		click.echo("This site receives from no other site, or every link is paused.")
	if not all(equal):
		raise SystemExit(1)


@event_streaming.command("status")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON array, a link each.")
@pass_context
def status_command(context, as_json: bool = False):
	"""How each link of this site is doing."""
	with _site(context):
		if as_json:
			return click.echo(_status_as_json())
		rows = [*_producer_rows(), *_consumer_rows()]
	if not rows:
		click.echo("This site has no links. Make an Event Producer to receive from another site.")
		return
	print_table(COLUMNS, rows)


@event_streaming.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON array, a finding each.")
@pass_context
def doctor_command(context, as_json: bool = False):
	"""Look for what keeps links from working on this site. Ends with 1 where there is a problem."""
	from event_streaming.monitoring import doctor

	with _site(context):
		findings = doctor.examine()
	if as_json:
		click.echo(json.dumps([asdict(finding) for finding in findings], indent=1))
	else:
		for finding in findings:
			print_finding(finding)
	if any(finding.level == doctor.PROBLEM for finding in findings):
		raise SystemExit(1)


@event_streaming.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True), required=False)
@click.option(
	"--json", "as_json", is_flag=True, help="JSON, where FILE doesn't end with .json. Default: YAML."
)
@pass_context
def export_command(context, file: str | None = None, as_json: bool = False):
	"""Write links, mappings, value maps and settings to FILE, or print them. Keys, secrets and codes stay here."""
	from event_streaming.desk import setup_file

	with _site(context):
		content = setup_file.export()
	text = _as_text(content, as_json or (file or "").endswith(".json"))
	if not file:
		return click.echo(text)
	# nosemgrep -- a file that the administrator names on the command line
	with open(file, "w") as stream:
		stream.write(text)


@event_streaming.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option(
	"--dry-run", is_flag=True, help="Print what would be changed; change nothing, ask no other site."
)
@click.option("--code", default="", help="Code of an invitation, for the link of FILE that is not made yet.")
@pass_context
def apply_command(context, file: str, dry_run: bool = False, code: str = ""):
	"""Set links, mappings, value maps, settings and invitations up as FILE (JSON or YAML) says. Twice changes nothing more.
	Ends with 1 where something was refused."""
	from event_streaming.desk import setup_file

	# nosemgrep -- a file that the administrator names on the command line
	with open(file) as stream:
		content = _from_text(stream.read(), file)
	failed = False
	with _site(context):
		try:
			for outcome in setup_file.apply(content, dry_run, code):
				print_outcome(outcome, dry_run)
				failed = failed or outcome.status == setup_file.FAILED
		except setup_file.SetupFileError as error:
			raise click.ClickException(str(error)) from None
	if failed:
		raise SystemExit(1)


def _as_text(content: dict, as_json: bool) -> str:
	if as_json:
		return json.dumps(content, indent=1, ensure_ascii=False, default=str)
	import yaml

	plain = json.loads(json.dumps(content, default=str))
	return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)


def _from_text(text: str, file: str) -> object:
	try:
		if file.endswith(".json") or text.lstrip().startswith("{"):
			return json.loads(text)
		import yaml

		return yaml.safe_load(text)
	except Exception as error:
		raise click.ClickException(f"{file} can't be read: {error}") from None


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
	from event_streaming.link.urls import normalize_url

	try:
		name = normalize_url(producer)
	except UrlNotAllowed as error:
		raise click.ClickException(str(error)) from None
	if not frappe.db.exists("Event Producer", name):
		raise click.ClickException(f"This site has no Event Producer {name}.")
	return [name]


def _pull(producer: str):
	from event_streaming.consumer.pull.pull import pull

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


def _backfill(
	producer: str, doctype: str | None, only: str | None, from_date: str | None, newest_first: bool
) -> bool:
	"""
	:returns: whether anything is not done
	"""
	from event_streaming.consumer.backfill import state as backfill_state
	from event_streaming.consumer.backfill.backfill import backfill
	from event_streaming.link import arguments

	try:
		part = arguments.part(only, from_date)
		backfill_state.start(producer, [doctype] if doctype else None, part, newest_first)
	except frappe.ValidationError as error:
		click.secho(f"{producer}: {error}", fg="red")
		return True
	frappe.db.commit()  # nosemgrep -- from here on it is known what is wanted, should this be interrupted
	with Bar(producer, lambda: backfill_state.stop(producer)) as bar:
		summary = backfill(producer, progress=bar.show_runs)
	rows = [row for row in backfill_state.read(producer) if doctype in (None, row.ref_doctype)]
	for row in rows:
		_print_backfill(row)
	if summary.error:
		click.secho(f"  {summary.error}", fg="red")
	return bool(summary.error) or any(row.status != backfill_state.DONE for row in rows)


def _print_backfill(row) -> None:
	click.echo(
		f"  {row.ref_doctype}: {row.taken} taken, {row.skipped} here already, {row.failed} failed,"
		f" {row.waiting} waiting ({row.status})"
	)
	if row.message:
		click.secho(f"    {row.message}", fg="red")


def _compare(producer: str, doctype: str | None, repair: bool, delete_surplus: bool) -> bool:
	"""
	:returns: whether all is equal in the end
	"""
	from event_streaming.consumer.reconciliation import state
	from event_streaming.consumer.reconciliation.reconciliation import reconcile
	from event_streaming.consumer.reconciliation.repair import repair as fix
	from event_streaming.exceptions import StreamingError

	def compared() -> list:
		return [row for row in state.RUNS.shown(producer) if doctype in (None, row.ref_doctype)]

	click.echo(producer)
	try:
		state.start(producer, [doctype] if doctype else None)
		frappe.db.commit()  # nosemgrep -- from here on it is known what is wanted, should this be interrupted
		with Bar(producer, lambda: state.stop(producer)) as bar:
			error = reconcile(producer, progress=lambda *_told: bar.show_runs(state.RUNS.shown(producer)))
		print_table(COMPARED, [tuple(_compared_cells(row)) for row in compared()])
		if repair and not error:
			for row in compared():
				with Bar(row.ref_doctype) as bar:
					result = fix(producer, row.ref_doctype, None, delete_surplus, progress=bar.show)
				_print_repair(row.ref_doctype, result)
	except StreamingError as trouble:
		error = str(trouble)
	if error:
		click.secho(f"  {error}", fg="red")
	return not error and all(_is_equal(row) for row in compared())


def _compared_cells(row) -> list:
	figures = (row.there, row.here, row.equal, row.missing, row.different, row.surplus, row.behind)
	return [row.ref_doctype, *figures, f"{row.percent:g} %", row.message or row.status]


def _is_equal(row) -> bool:
	return row.status == "Done" and not (row.missing or row.different or row.surplus or row.behind)


def _print_repair(doctype: str, result: dict) -> None:
	if not any(result.values()):
		return
	failed = result["failed"]
	click.echo(f"  {doctype}: {result['fixed']} fixed, {result['deleted']} deleted, {len(failed)} failed")
	for document in failed:
		click.secho(f"    {document['name']}: {document['message']}", fg="red")


def _status_as_json() -> str:
	from event_streaming.monitoring.links import links

	return json.dumps([link.plain() for link in links()], indent=1)


def _producer_rows() -> list[tuple]:
	from event_streaming.consumer import link_state

	rows = []
	for name in frappe.get_all("Event Producer", order_by="name", pluck="name"):
		state = link_state.read(name)
		counts = (state.failed, state.parked, _ago(state.last_contact))
		rows.append(("receives from", name, state.state or "Not Registered", *_distance(state), *counts))
		if state.error:
			rows.append(("", f"  {state.error}"))
		if state.unreadable:
			rows.append(("", f"  The Event Subscriber may not read there: {', '.join(state.unreadable)}"))
		if state.nothing_begins:
			rows.append(("", f"  {state.nothing_begins}"))
		for doctype, why in state.held.items():
			rows.append(("", f"  {doctype} is held there: {why}"))
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


commands = [event_streaming]
