"""How far the backfill of each DocType has come: one Event Backfill row for a producer and a remote DocType; see `runs`.

What was stopped or failed goes on where it was; what is done begins again.
"""

from dataclasses import asdict, dataclass, replace

import frappe
from frappe import _
from frappe.utils import cint, now_datetime

from event_streaming.consumer.runs import DONE, QUEUED, RUNNING, UNFINISHED, Run, Runs, key_of
from event_streaming.consumer.subscription import approved_configurations
from event_streaming.exceptions import StreamingError

DOCTYPE = "Event Backfill"
Place = tuple[str, str]  # when it was made there, "" where that isn't known; its name
START: Place = ("", "")
COUNTS = ("done", "taken", "skipped", "failed", "waiting")


@dataclass(kw_only=True)
class BackfillRun(Run):
	last_name: str | None = None  # where the next page begins
	last_created: str | None = None  # when that was made there; none where the producer lists by name
	part: str | None = None  # filters as JSON; empty for all
	newest_first: int = 0
	settling: int = 0  # 1: all were looked at, and are compared now
	total: int = 0
	done: int = 0
	taken: int = 0
	skipped: int = 0
	failed: int = 0
	waiting: int = 0

	@property
	def place(self) -> Place:
		return self.last_created or "", self.last_name or ""


RUNS = Runs(DOCTYPE, BackfillRun)


def start(
	producer: str, doctypes: list[str] | None = None, part: str | None = None, newest_first: bool = False
) -> None:
	"""Queues these DocTypes; what is running goes on, what was stopped or failed goes on where it was.

	:param doctypes: as the Event Configuration calls them; None for all that are approved
	:param part: filters as JSON in one spelling, "" for all documents; None for what was wanted before
	:param newest_first: in which order those come that begin now; the others go on in theirs
	:raises StreamingError: one of them is not approved, or the link doesn't have it, or another part of it is being fetched
	"""
	configurations = approved_configurations(producer, doctypes)
	parts = {ref: _part_of(producer, remote) for ref, remote in configurations.items()}

	def begun(ref_doctype: str, status: str | None) -> dict:
		return _begun(ref_doctype, status, parts[ref_doctype], part, newest_first)

	RUNS.start(producer, configurations, begun)


def _part_of(producer: str, remote_doctype: str) -> str:
	return frappe.db.get_value(DOCTYPE, key_of(producer, remote_doctype), "part") or ""


def stop(producer: str, doctypes: list[str] | None = None) -> None:
	"""A page that is under way is finished; then it ends."""
	RUNS.stop(producer, doctypes)


def read(producer: str) -> list[frappe._dict]:
	"""`Runs.shown`, with `percent`."""
	rows = RUNS.shown(producer)
	for row in rows:
		row.percent = 100 if row.status == DONE else min(100 * row.done // max(row.total, 1), 99)
	return rows


def unfinished(producer: str) -> list[BackfillRun]:
	"""In the order in which they were asked for; those that are settled only when all others have come."""
	runs = RUNS.unfinished(producer)
	return [run for run in runs if not run.settling] or runs


def is_at(run: BackfillRun) -> bool:
	"""Whether it still runs and stands where `run` was read: nobody else has taken that page, nobody has stopped it."""
	fields = ["status", "last_name", "last_created", "settling"]
	row = frappe.db.get_value(DOCTYPE, run.name, fields, as_dict=True)
	if not row or row.status != RUNNING:
		return False
	return (row.last_created or "", row.last_name or "", cint(row.settling)) == (*run.place, run.settling)


def begin(runs: list[BackfillRun]) -> None:
	"""
	Commits; to be called with nothing unsaved.
	"""
	queued = [run for run in runs if run.status == QUEUED]
	table = frappe.qb.DocType(DOCTYPE)
	for run in queued:
		started = run.started or now_datetime()
		query = frappe.qb.update(table).set(table.status, RUNNING).set(table.started, started)
		query.where(table.name == run.name).where(table.status == QUEUED).run()  # unless it was stopped
		run.status, run.started = RUNNING, started
	if queued:
		frappe.db.commit()  # nosemgrep -- the form shows that they run


def move(run: BackfillRun, place: Place, counts: dict[str, int]) -> BackfillRun:
	"""In the transaction of the documents up to `place`.

	:param counts: by the names of COUNTS, what there is more than at `run`
	:returns: where it stands now
	"""
	before = asdict(run)
	values = {"last_created": place[0] or None, "last_name": place[1] or None, "message": None}
	values |= {field: before[field] + counts.get(field, 0) for field in COUNTS}
	RUNS.set(run, **values)
	return replace(run, **values)


def settle(run: BackfillRun) -> None:
	"""From now on its documents are compared, from the first."""
	RUNS.set(run, settling=1, last_name=None, last_created=None, message=None)


def _fresh() -> dict:
	values = {"status": QUEUED, "message": None, "last_name": None, "started": None, "finished": None}
	values |= {"last_created": None, "settling": 0}
	return {**values, "told": 0, "total": 0, **dict.fromkeys(COUNTS, 0)}


def _begun(ref_doctype: str, status: str | None, former: str, part: str | None, newest_first: bool) -> dict:
	if status in UNFINISHED and part not in (None, former):
		raise StreamingError(
			_("Another part of {0} is being fetched. Stop that, or wait for it.").format(_(ref_doctype))
		)
	if status in (None, DONE) or part not in (None, former):
		return {**_fresh(), "part": part or None, "newest_first": cint(newest_first)}
	return {} if status in UNFINISHED else {"status": QUEUED, "message": None, "finished": None, "told": 0}
