"""Jobs of the schedule, one for each entry of apps' `scheduler_events`."""

from datetime import datetime, timedelta
from random import randint
from typing import Any

import click
from croniter import croniter

import frappe
from frappe.model.document import Document
from frappe.playground.missing import module_getattr
from frappe.utils import get_datetime, now_datetime
from frappe.utils.background_jobs import enqueue, is_job_enqueued

__getattr__ = module_getattr(__name__)

CRON = {
	"Yearly": "0 0 1 1 *",
	"Annual": "0 0 1 1 *",
	"Monthly": "0 0 1 * *",
	"Weekly": "0 0 * * 0",
	"Daily": "0 0 * * *",
	"Hourly": "0 * * * *",
}
MAX_JITTER = 600  # seconds, for jobs that run long


class ScheduledJobType(Document):
	def autoname(self) -> None:
		self.name = ".".join(self.method.split(".")[-2:])

	def validate(self) -> None:
		if self.frequency != "All":
			self.create_log = 1
		if self.frequency == "Cron":
			croniter(self.cron_format)

	def enqueue(self, force: bool = False) -> bool:
		if not (force or self.is_event_due()) or is_job_enqueued(self.rq_job_id):
			return False
		enqueue(
			"frappe.core.doctype.scheduled_job_type.scheduled_job_type.run_scheduled_job",
			queue="long" if "Long" in self.frequency else "default",
			job_type=self.method,
			job_id=self.rq_job_id,
		)
		return True

	@property
	def rq_job_id(self) -> str:
		return f"scheduled_job::{self.method}"

	def is_event_due(self, current_time: datetime | None = None) -> bool:
		return self.get_next_execution() <= (current_time or now_datetime())

	def get_next_execution(self) -> datetime:
		"""Counted from the last time; a job that never ran counts from when it was added."""
		every = f"*/{(frappe.get_conf().scheduler_interval or 240) // 60} * * * *"
		cron = self.cron_format or {**CRON, "All": every}[self.frequency.replace(" Long", "")]
		last = get_datetime(self.last_execution or self.creation)
		jitter = randint(1, MAX_JITTER) if "Long" in self.frequency else 0
		return croniter(cron, last).get_next(datetime) + timedelta(seconds=jitter)

	def execute(self) -> None:
		self.scheduler_log = None
		try:
			self.log_status("Start")
			frappe.get_attr(self.method)()
			frappe.db.commit()
			self.log_status("Complete")
		except Exception:
			frappe.db.rollback()
			self.log_status("Failed")

	def log_status(self, status: str) -> None:
		if not self.create_log:
			self.db_set("last_execution", now_datetime(), update_modified=False)
			frappe.db.commit()
			return
		if not self.scheduler_log:
			log = frappe.get_doc(doctype="Scheduled Job Log", scheduled_job_type=self.name)
			self.scheduler_log = log.insert(ignore_permissions=True)
		self.scheduler_log.db_set("status", status)
		if status == "Failed":
			self.scheduler_log.db_set("details", frappe.get_traceback(with_context=True))
		if status == "Start":
			self.db_set("last_execution", now_datetime(), update_modified=False)
		frappe.db.commit()

	def on_trash(self) -> None:
		frappe.db.delete("Scheduled Job Log", {"scheduled_job_type": self.name})


def run_scheduled_job(job_type: str) -> None:
	"""What the worker runs."""
	frappe.get_doc("Scheduled Job Type", {"method": job_type}).execute()


def sync_jobs(hooks: dict | None = None) -> None:
	"""One record for each scheduled function of the apps; records of others go."""
	wanted = _list_events(hooks or frappe.get_hooks("scheduler_events", {}))
	methods = {method for _frequency, _cron, method in wanted}
	for row in frappe.get_all("Scheduled Job Type", fields=["name", "method"]):
		if row.method not in methods:  # a function that moved has the name of its record still
			frappe.delete_doc("Scheduled Job Type", row.name)
	for frequency, cron_format, method in wanted:
		_insert_event(frequency, cron_format, method)


def _list_events(hooks: dict) -> list[tuple[str, str | None, str]]:
	out = []
	for kind, events in hooks.items():
		if isinstance(events, dict):
			out += [("Cron", cron, method) for cron, methods in events.items() for method in methods]
		else:
			out += [(kind.replace("_", " ").title(), None, method) for method in events]
	return out


def _insert_event(frequency: str, cron_format: str | None, method: str) -> None:
	try:
		frappe.get_attr(method)
	except Exception as error:
		click.secho(f"{method} is not a valid method: {error}", fg="yellow")
	same: dict[str, Any] = {"method": method, "frequency": frequency}
	if cron_format:
		same["cron_format"] = cron_format
	if frappe.db.exists("Scheduled Job Type", same):
		return
	if old := frappe.db.exists("Scheduled Job Type", {"method": method}):
		frappe.delete_doc("Scheduled Job Type", old)
	frappe.get_doc(
		doctype="Scheduled Job Type", method=method, cron_format=cron_format, frequency=frequency
	).insert()
