"""Looks for everything on this site that keeps links from working, and says what to do about each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.utils import get_system_timezone
from frappe.utils.background_jobs import get_redis_conn
from redis.exceptions import RedisError

from event_streaming import __version__, lingering, settings, workers
from event_streaming.consumer import pairing, schema_check
from event_streaming.document.moments import zone_of
from event_streaming.exceptions import CredentialsRefused, StreamingError
from event_streaming.link import line, stored_secrets, urls
from event_streaming.link.client import url_of
from event_streaming.link.line import Means
from event_streaming.monitoring.links import RECEIVES, SENDS

OK, WARNING, PROBLEM = "OK", "Warning", "Problem"
LEAST_PACKET = 16 * 1024 * 1024  # bytes
MOST_WAITING = 500  # jobs of a queue
MOST_AHEAD = 30  # seconds between the clocks of two sites
JOBS = ("pull", "backfill_job", "reconciliation_job", "files_job")  # each has one for a producer


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
	for doctype, name in _called():
		url = url_of(doctype, name)
		try:
			urls.check_allowed(url, by_proxy=bool(line.proxy_for(url)))
		except StreamingError as error:
			yield Finding(PROBLEM, name, str(error))


def _called(**filters) -> Iterator[tuple[str, str]]:
	"""Links whose other site this one calls."""
	for doctype in (RECEIVES, SENDS):
		for name in frappe.get_all(doctype, filters, pluck="name", order_by="name"):
			fetches = doctype == RECEIVES and frappe.db.get_value(doctype, name, "by_mailbox")
			if urls.is_callable(name) and not fetches:
				yield doctype, name


def _redis() -> Iterator[Finding]:
	for subject, ping in (("Redis, cache", frappe.cache.ping), ("Redis, queue", get_redis_conn().ping)):
		try:
			ping()
		except RedisError as error:
			remedy = _("Start the Redis servers of this bench (bench start, or supervisor in production).")
			yield Finding(PROBLEM, subject, str(error), remedy)
		else:
			yield Finding(OK, subject, _("It answers."))


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
	rows = [
		(doctype, name)
		for doctype in (RECEIVES, SENDS)
		for name in frappe.get_all(doctype, pluck="name", order_by="name")
	]
	for doctype, name in [*rows, (settings.DOCTYPE, settings.DOCTYPE)]:
		fields = [
			field.fieldname for field in frappe.get_meta(doctype).get("fields", {"fieldtype": "Password"})
		]
		try:
			for field in fields:
				stored_secrets.read(doctype, name, field)
		except CredentialsRefused:
			yield Finding(
				PROBLEM,
				name,
				_("Its secret cannot be decrypted: the encryption key of this site has changed."),
				_("Put encryption_key of the old site config into this one, or use Rotate Key on the form."),
			)


def _other_sites() -> Iterator[Finding]:
	for doctype, name in _called(paused=0):
		try:
			told = _handshake(doctype, name)
		except StreamingError as error:
			remedy = _("Open its Event Producer and use Test Connection.") if doctype == RECEIVES else ""
			yield Finding(PROBLEM, name, str(error), remedy)
			continue
		version = str(told.get("version") or "?")
		yield Finding(OK, name, _("It answers. Version {0}.").format(version))
		if version.split(".")[:2] != __version__.split(".")[:2]:
			message = _("It has version {0} of the app, this site {1}.").format(version, __version__)
			remedy = _("Update the older one: what only the newer one knows waits for it.")
			yield Finding(WARNING, name, message, remedy)
		yield from _clock(name, told.get("clock_ahead"))


def _handshake(doctype: str, name: str) -> dict:
	if doctype == RECEIVES:
		return pairing.preflight(url_of(doctype, name), link=name)
	user = frappe.db.get_value(doctype, name, "gate_user")
	return pairing.preflight(url_of(doctype, name), Means.of_link(doctype, name, user))


def _clock(name: str, ahead: float | None) -> Iterator[Finding]:
	"""
	:param ahead: seconds; None where that site's web server tells no time
	"""
	if ahead is not None and abs(ahead) > MOST_AHEAD:
		message = (
			_("Its clock is {0} seconds behind this site's.")
			if ahead < 0
			else _("Its clock is {0} seconds ahead of this site's.")
		)
		yield Finding(
			WARNING,
			name,
			# nosemgrep -- texts of this app, filled with values
			message.format(int(abs(ahead))),
			_("Keep both clocks in sync (NTP): they decide which of two changes made at once is the latest."),
		)


def _time_zones() -> Iterator[Finding]:
	own = get_system_timezone()
	for name in frappe.get_all(RECEIVES, pluck="name", order_by="name"):
		there = frappe.db.get_value(RECEIVES, name, "time_zone_there")
		if not there or there == own:
			continue
		if zone_of(there) and zone_of(own):
			message = _("Its time zone is {0}, this site's {1}: moments are converted.")
			# nosemgrep -- texts of this app, filled with values
			yield Finding(OK, name, message.format(there, own))
		else:
			message = _("Its time zone is {0}, this site's {1}, and one of them is not known here.")
			remedy = _(
				"Choose a time zone of the IANA list in System Settings, and update tzdata on the server."
			)
			# nosemgrep -- texts of this app, filled with values
			yield Finding(WARNING, name, message.format(there, own), remedy)


def _schemas() -> Iterator[Finding]:
	for name in frappe.get_all(RECEIVES, pluck="name", order_by="name"):
		if differing := schema_check.summary(name):
			told = ", ".join(f"{_(doctype)} ({number})" for doctype, number in differing.items())
			yield Finding(
				WARNING,
				name,
				_("Fields here are not as on {0}, so values are dropped or documents refused: {1}.").format(
					name, told
				),
				_("Open the Event Producer and use Differences: each line says what to do."),
			)


def _stale_jobs() -> Iterator[Finding]:
	for producer in frappe.get_all(RECEIVES, pluck="name", order_by="name"):
		for job in JOBS:
			if lingering.is_dead(f"event_streaming:{job}:{producer}"):
				yield Finding(
					WARNING,
					producer,
					_("The worker of its job {0} has ended without a word.").format(job),
					_(
						"Another job takes its place. If this comes again, look at the worker's memory and logs."
					),
				)
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
	_own_url, _private_network, _redis, _scheduler, _workers, _packet_size, _galera, _encryption_key, _other_sites, _time_zones,
	_schemas, _stale_jobs,
)  # fmt: skip
