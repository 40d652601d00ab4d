"""Looks for everything on this site that keeps links from working, and says what to do about each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import frappe
from frappe import _

from event_streaming import workers
from event_streaming.consumer import pairing
from event_streaming.exceptions import StreamingError
from event_streaming.link import urls
from event_streaming.link.client import url_of
from event_streaming.monitoring.links import RECEIVES, SENDS

OK, WARNING, PROBLEM = "OK", "Warning", "Problem"
LEAST_PACKET = 16 * 1024 * 1024  # bytes
MOST_WAITING = 500  # jobs of a queue


@dataclass(frozen=True)
class Finding:
	level: str
	subject: str
	message: str
	remedy: str = ""


def examine() -> list[Finding]:
	"""What each check has found; a check that itself breaks is a finding, too."""
	found: list[Finding] = []
	for check in CHECKS:
		try:
			found += check()
		except Exception as error:
			found.append(
				Finding(WARNING, check.__name__.strip("_"), _("This could not be checked: {0}").format(error))
			)
	return found


def _own_url() -> Iterator[Finding]:
	subject = "host_name"
	if not frappe.conf.host_name:
		yield Finding(
			WARNING,
			subject,
			_("The site config names no public URL; Frappe guesses {0}.").format(urls.own_url()),
			_("Run bench --site {0} set-config host_name https://…").format(frappe.local.site),
		)
	else:
		yield Finding(OK, subject, urls.own_url())


def _private_network() -> Iterator[Finding]:
	for name in frappe.get_all(RECEIVES, pluck="name", order_by="name"):
		try:
			urls.check_allowed(name)
		except StreamingError as error:
			yield Finding(PROBLEM, name, str(error))


def _scheduler() -> Iterator[Finding]:
	if hindrance := workers.no_scheduler():
		yield Finding(PROBLEM, "scheduler", hindrance.message, hindrance.remedy)
	else:
		yield Finding(OK, "scheduler", _("It is on."))


def _workers() -> Iterator[Finding]:
	if hindrance := workers.no_worker():
		yield Finding(PROBLEM, "workers", hindrance.message, hindrance.remedy)
	for queue, count in workers.waiting_jobs().items():
		level = WARNING if count > MOST_WAITING else OK
		remedy = _("Add workers for this queue.") if level == WARNING else ""
		yield Finding(level, f"queue {queue}", _("{0} jobs wait.").format(count), remedy)


def _packet_size() -> Iterator[Finding]:
	if frappe.db.db_type != "mariadb":
		return
	# nosemgrep -- written by the query builder, or of one database alone
	size = int(frappe.db.sql("select @@max_allowed_packet")[0][0])
	level = OK if size >= LEAST_PACKET else WARNING
	remedy = _("Set max_allowed_packet to 64M in the configuration of MariaDB.") if level == WARNING else ""
	yield Finding(level, "max_allowed_packet", _("{0} bytes").format(size), remedy)


def _galera() -> Iterator[Finding]:
	if frappe.db.db_type != "mariadb":
		return
	# nosemgrep -- written by the query builder, or of one database alone
	rows = dict(frappe.db.sql("show status like 'wsrep_cluster_size'"))
	if int(rows.get("wsrep_cluster_size") or 0) > 1:
		yield Finding(
			WARNING,
			"Galera",
			_("The database is a cluster."),
			_("Let this site write to one node only: locks of rows do not reach across nodes."),
		)


def _encryption_key() -> Iterator[Finding]:
	for doctype in (RECEIVES, SENDS):
		for name in frappe.get_all(doctype, pluck="name", order_by="name"):
			try:
				frappe.get_doc(doctype, name).get_password("api_secret", raise_exception=False)
			except Exception:
				yield Finding(
					PROBLEM,
					name,
					_("Its secret cannot be decrypted: the encryption key of this site has changed."),
					_(
						"Put encryption_key of the old site config into this one, or use Rotate Key on the form."
					),
				)


def _other_sites() -> Iterator[Finding]:
	for name in frappe.get_all(RECEIVES, filters={"paused": 0}, pluck="name", order_by="name"):
		try:
			told = pairing.preflight(url_of("Event Producer", name), link=name)
		except StreamingError as error:
			yield Finding(PROBLEM, name, str(error), _("Open its Event Producer and use Test Connection."))
		else:
			version = told.get("version") if isinstance(told, dict) else ""
			yield Finding(OK, name, _("It answers. Version {0}.").format(version or "?"))


def _stale_jobs() -> Iterator[Finding]:
	for doctype in ("Event Backfill", "Event Reconciliation"):
		for row in frappe.get_all(
			doctype,
			{"status": "Running", "modified": ("<", frappe.utils.add_to_date(None, minutes=-30))},
			["ref_doctype", "event_producer"],
		):
			yield Finding(
				WARNING,
				f"{doctype} {row.ref_doctype}",
				_("It is running from {0} and has not moved for half an hour.").format(row.event_producer),
				_("Look at the workers; the schedule takes it up again each minute."),
			)


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
	_own_url, _private_network, _scheduler, _workers, _packet_size, _galera, _encryption_key, _other_sites, _stale_jobs,
)  # fmt: skip
