"""What the tests can do on a site. Runs inside the site (see `shell`): arguments and results are plain JSON."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import frappe
from frappe.utils import add_to_date, cint, now_datetime
from frappe.utils.password import get_decrypted_password

from support import factories
from support.kills import pull_and_die, stamp_and_die  # noqa: F401

SHOP_MODULE = "Streaming Shop"
APP_MODULE = "Event Streaming"
SUBSCRIBER = "streamer@example.com"
LOGS_TO_EMPTY = (
	"Version",
	"Comment",
	"Tag Link",
	"Deleted Document",
	"Error Log",
	"Activity Log",
	"Scheduled Job Log",
	"User Permission",
)
BROUGHT_BY_APPS = (
	"Custom Field",
	"Custom HTML Block",
	"Dashboard",
	"Dashboard Chart",
	"Dashboard Chart Source",
	"Desktop Icon",
	"DocType",
	"Module Def",
	"Module Onboarding",
	"Number Card",
	"Onboarding Step",
	"Page",
	"Property Setter",
	"Report",
	"Role",
	"Scheduled Job Type",
	"Workspace",
	"Workspace Sidebar",
)
COLUMNS = {
	"mariadb": "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()",
	"postgres": (
		"SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() "
		"UNION ALL SELECT sequence_name, 'next' FROM information_schema.sequences"
	),
	"sqlite": (
		"SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c "
		"WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'"
	),
}


# --- documents -----------------------------------------------------------------------------------------------------


def create(doctype: str, **values) -> dict:
	"""A document from its factory, see `factories`."""
	return as_plain(factories.create_test_document(doctype, **values))


def insert(doctype: str, **values) -> dict:
	return as_plain(frappe.get_doc({"doctype": doctype, **values}).insert())


def insert_and_submit(doctype: str, **values) -> dict:
	"""Both on one object, as server code often does."""
	doc = factories.new_test_document(doctype, **values)
	doc.insert()
	doc.submit()
	return as_plain(doc)


def update(doctype: str, name: str, **values) -> dict:
	doc = frappe.get_doc(doctype, name)
	doc.update(values)
	doc.save()
	return as_plain(doc)


def append_row(doctype: str, name: str, table: str, **values) -> dict:
	doc = frappe.get_doc(doctype, name)
	doc.append(table, values)
	doc.save()
	return as_plain(doc)


def update_row(doctype: str, name: str, table: str, row: int, **values) -> dict:
	"""
	:param row: place of the row, from 1
	"""
	doc = frappe.get_doc(doctype, name)
	doc.get(table)[row - 1].update(values)
	doc.save()
	return as_plain(doc)


def remove_row(doctype: str, name: str, table: str, row: int) -> dict:
	doc = frappe.get_doc(doctype, name)
	doc.remove(doc.get(table)[row - 1])
	doc.save()
	return as_plain(doc)


def reorder_rows(doctype: str, name: str, table: str, order: list[int]) -> dict:
	"""
	:param order: the rows' present places, in the order that is wanted
	"""
	doc = frappe.get_doc(doctype, name)
	rows = doc.get(table)
	doc.set(table, [rows[place - 1] for place in order])
	for place, row in enumerate(doc.get(table), start=1):
		row.idx = place
	doc.save()
	return as_plain(doc)


def submit(doctype: str, name: str) -> dict:
	doc = frappe.get_doc(doctype, name)
	doc.submit()
	return as_plain(doc)


def cancel(doctype: str, name: str) -> dict:
	doc = frappe.get_doc(doctype, name)
	doc.cancel()
	return as_plain(doc)


def amend(doctype: str, name: str, **values) -> dict:
	"""The draft that follows a cancelled document."""
	doc = frappe.copy_doc(frappe.get_doc(doctype, name))
	doc.amended_from = name
	doc.docstatus = 0
	doc.update(values)
	return as_plain(doc.insert())


def rename(doctype: str, name: str, new_name: str, merge: bool = False) -> str:
	return frappe.rename_doc(doctype, name, new_name, merge=merge, show_alert=False)


def delete(doctype: str, name: str) -> None:
	frappe.delete_doc(doctype, name)


def delete_if_there(doctype: str, name: str) -> None:
	frappe.delete_doc(doctype, name, force=True, ignore_missing=True)


def db_set(doctype: str, name: str, **values) -> dict:
	doc = frappe.get_doc(doctype, name)
	doc.db_set(values)
	return as_plain(doc)


def db_set_row(doctype: str, name: str, table: str, row: int, **values) -> dict:
	doc = frappe.get_doc(doctype, name)
	doc.get(table)[row - 1].db_set(values)
	return as_plain(doc)


def shop_reports() -> list[str]:
	"""What this site has told the tax office."""
	from streaming_shop.outside import REPORTS

	return [name.decode() for name in frappe.cache.lrange(REPORTS, 0, -1)]


def today_here() -> str:
	return frappe.utils.today()


def set_value_silently(doctype: str, name: str, **values) -> None:
	"""`frappe.db.set_value`: what no hook hears."""
	frappe.db.set_value(doctype, name, values)


def write_some(number: int) -> dict[str, list[str]]:
	"""A few changes of each kind, in one transaction: notes, one of them poison, and an invoice whose customer and
	items nobody subscribed to; earlier notes are changed and deleted.
	"""
	notes = [
		factories.create_test_document("Shop Note", title=f"note {number}.{place}") for place in range(4)
	]
	poison = factories.create_test_document("Shop Note", title=f"POISON {number}")
	for doc in [*notes, poison]:
		doc.priority = number
		doc.save()
	notes[0].delete()
	invoice = factories.create_test_document("Shop Invoice")
	invoice.submit()
	return {
		"Shop Note": [note.name for note in notes[1:]],
		"Shop Invoice": [invoice.name],
		"poison": [poison.name],
	}


# --- looking -------------------------------------------------------------------------------------------------------


def get(doctype: str, name: str) -> dict:
	return as_plain(frappe.get_doc(doctype, name))


def exists(doctype: str, name: str) -> bool:
	return bool(frappe.db.exists(doctype, name, cache=False))


def names(doctype: str, **filters) -> list[str]:
	return frappe.get_all(doctype, filters=filters, pluck="name", order_by="creation asc, name asc")


def count(doctype: str, **filters) -> int:
	return frappe.db.count(doctype, filters)


def rows(
	doctype: str, fields: list[str], filters: dict | list | None = None, order_by: str = "creation asc"
) -> list[dict]:
	return frappe.get_all(doctype, filters=filters or {}, fields=fields, order_by=order_by)


def value(doctype: str, name: str, field: str):
	return frappe.db.get_value(doctype, name, field)


def password(doctype: str, name: str, field: str) -> str | None:
	return get_decrypted_password(doctype, name, field, raise_exception=False)


def stored_values(doctype: str, name: str) -> dict | None:
	"""All that the database holds of one document: its columns, and for each table the rows' columns, in order.

	Without what each site keeps for itself (who wrote when, places in a nested set, tags and likes) and without
	passwords. None when it isn't there.
	"""
	meta = frappe.get_meta(doctype)
	found = _read_columns(doctype, {"name": name})
	if not found:
		return None
	document = found[0]
	document.pop("idx", None)  # of a document it counts how often others link to it
	for field in meta.get_table_fields():
		of_parent = {"parent": name, "parenttype": doctype, "parentfield": field.fieldname}
		document[field.fieldname] = _read_columns(field.options, of_parent, order_by="idx")
	return document


def _read_columns(doctype: str, filters: dict, order_by: str = "name") -> list[dict]:
	meta = frappe.get_meta(doctype)
	kept = set(meta.get_valid_columns()) - _own_columns(meta)  # a field that is gone leaves its column
	columns = [column for column in frappe.db.get_table_columns(doctype) if column in kept]
	return frappe.get_all(doctype, filters=filters, fields=columns, order_by=f"{order_by} asc")


def _own_columns(meta) -> set[str]:
	own = {
		"owner",
		"creation",
		"modified",
		"modified_by",
		"parent",
		"_user_tags",
		"_comments",
		"_assign",
		"_liked_by",
		"_seen",
	}
	own |= {"remote_site_name", "remote_document_name"}
	if cint(meta.get("is_tree")):
		own |= {"lft", "rgt", "old_parent"}
	return own | {field.fieldname for field in meta.fields if field.fieldtype == "Password"}


def as_plain(doc) -> dict:
	return json.loads(frappe.as_json(doc.as_dict()))


def as_plain_rows(rows: list[dict]) -> list[dict]:
	return json.loads(frappe.as_json(rows))


# --- customizing a site ----------------------------------------------------------------------------------------------


def set_property(doctype: str, fieldname: str, prop: str, value: str, kind: str = "Check") -> None:
	"""What Customize Form does; undone by the reset between tests."""
	from frappe.custom.doctype.property_setter.property_setter import make_property_setter

	make_property_setter(doctype, fieldname, prop, value, kind)
	frappe.clear_cache(doctype=doctype)


def add_custom_field(doctype: str, **field) -> None:
	from frappe.custom.doctype.custom_field.custom_field import create_custom_field

	create_custom_field(doctype, frappe._dict(field))


def make_mandatory(doctype: str, fieldname: str) -> None:
	set_property(doctype, fieldname, "reqd", "1")


def make_optional(doctype: str, fieldname: str) -> None:
	set_property(doctype, fieldname, "reqd", "0")


def make_user(email: str, roles: list[str], enabled: int = 1) -> str:
	user = frappe.get_doc(doctype="User", email=email, first_name=email.split("@")[0], enabled=enabled)
	user.send_welcome_email = 0
	user.append_roles(*roles)
	return user.insert(ignore_permissions=True, ignore_if_duplicate=True).name


def give_role(email: str, role: str) -> None:
	frappe.get_doc("User", email).add_roles(role)


def disable_user(email: str, enabled: int = 0) -> None:
	frappe.db.set_value("User", email, "enabled", enabled)


# --- streaming -----------------------------------------------------------------------------------------------------


def link_state(producer_url: str) -> dict:
	"""As the form of the Event Producer shows it."""
	from event_streaming.consumer import link_state

	return json.loads(frappe.as_json(link_state.read(producer_url)))


def save_event_producer(producer_url: str, rows: list[dict], **values) -> dict:
	"""Makes or changes the Event Producer through its ordinary lifecycle, as the form does."""
	if frappe.db.exists("Event Producer", producer_url, cache=False):
		doc = frappe.get_doc("Event Producer", producer_url)
	else:
		doc = frappe.new_doc("Event Producer", producer_url=producer_url, event_subscriber=SUBSCRIBER)
	doc.update(values)
	known = {row.ref_doctype: row for row in doc.producer_doctypes}
	for row in rows:
		if row["ref_doctype"] in known:
			known[row["ref_doctype"]].update(row)
		else:
			doc.append("producer_doctypes", row)
	doc.save()
	return as_plain(doc)


def rotate_key(producer_url: str) -> None:
	from event_streaming.event_streaming.doctype.event_producer.event_producer import rotate_key

	rotate_key(producer_url)


def start_again(producer_url: str) -> None:
	from event_streaming.event_streaming.doctype.event_producer.event_producer import start_again

	start_again(producer_url)


def remove_producer_doctypes(producer_url: str, doctypes: list[str]) -> dict:
	doc = frappe.get_doc("Event Producer", producer_url)
	doc.producer_doctypes = [row for row in doc.producer_doctypes if row.ref_doctype not in doctypes]
	doc.save()
	return as_plain(doc)


def set_consumer_status(callback_url: str, status: str, doctypes: list[str] | None = None) -> dict:
	"""What the producer's administrator does: Approved, Rejected or Pending for some or all DocTypes."""
	doc = frappe.get_doc("Event Consumer", callback_url)
	for row in doc.consumer_doctypes:
		if doctypes is None or row.ref_doctype in doctypes:
			row.status = status
	doc.save()
	return as_plain(doc)


def pull(producer_url: str, max_batches: int | None = None) -> dict:
	"""The pull's summary, and `calls`: how often it asked the producer for what."""
	from event_streaming.consumer.pull.pull import pull as pull_now

	with counted_calls() as calls:
		summary = pull_now(producer_url, max_batches=max_batches)
	return {**{key: value for key, value in vars(summary).items() if not key.startswith("_")}, "calls": calls}


@contextmanager
def counted_calls() -> Iterator[dict[str, int]]:
	"""How often each function of other sites is called within."""
	from event_streaming.link.client import SiteClient

	calls: dict[str, int] = {}
	call = SiteClient.call

	def counting(self, function, /, **arguments):
		calls[function] = calls.get(function, 0) + 1
		return call(self, function, **arguments)

	SiteClient.call = counting
	try:
		yield calls
	finally:
		SiteClient.call = call


def backfill(
	producer_url: str,
	doctypes: list[str] | None = None,
	pages: int | None = None,
	page_size: int | None = None,
	part: str | None = None,
	newest_first: bool = False,
) -> dict:
	"""Starts it, and works it off in the foreground.

	:param pages: after so many it is stopped, as by a person
	:returns: `error`, `calls` as of `pull`, and the row of each DocType as the form shows it
	"""
	from event_streaming.consumer.backfill import state
	from event_streaming.consumer.backfill.backfill import PAGE
	from event_streaming.consumer.backfill.backfill import backfill as backfill_now

	state.start(producer_url, doctypes, part, newest_first)
	frappe.db.commit()
	told = []

	def stop_in_time(rows) -> None:
		told.append(rows)
		if len(told) == pages:
			state.stop(producer_url)
			frappe.db.commit()

	with counted_calls() as calls:
		summary = backfill_now(producer_url, progress=stop_in_time, page_size=page_size or PAGE)
	return {
		"error": summary.error,
		"calls": calls,
		**{row.ref_doctype: row for row in state.read(producer_url)},
	}


def enqueue_pulls() -> None:
	"""A pull of each producer that is due, as the schedule does it."""
	from event_streaming.consumer.pull.schedule import pull_all

	pull_all()


def run_schedule() -> list[str]:
	"""Enqueues every job of this app that the scheduler runs each minute, as if the minute were over."""
	jobs = frappe.get_all(
		"Scheduled Job Type",
		filters={"method": ("like", "event_streaming.%"), "cron_format": "* * * * *"},
		pluck="name",
	)
	for job in jobs:
		frappe.get_doc("Scheduled Job Type", job).enqueue(force=True)
	return jobs


def run_jobs() -> int:
	"""Works off all that is enqueued, on all sites, in this process; no job stays for more."""
	from frappe.utils.background_jobs import get_queue_list, get_redis_conn
	from rq import SimpleWorker

	from event_streaming import lingering

	with frappe.init_site():
		connection = get_redis_conn()
		queues = get_queue_list(build_queue_name=True)
	worker = SimpleWorker(queues, connection=connection)
	usual, lingering.SECONDS = lingering.SECONDS, 0
	try:
		worker.work(burst=True, logging_level="WARNING")
	finally:
		lingering.SECONDS = usual
	return worker.successful_job_count + worker.failed_job_count


run_jobs.without_site = True


def job_began(job_id: str) -> str:
	"""When the last job of that id did."""
	from frappe.utils.background_jobs import get_job

	return str(get_job(job_id).started_at)


def resync(names: list[str]) -> dict:
	from event_streaming.consumer.recovery.resync import resync as resync_now

	return resync_now(names)


def resync_from_source(name: str, **more) -> dict:
	from event_streaming.consumer.recovery.resync import resync_from_source as resync_now

	return resync_now(name, **more)


def skip(name: str) -> None:
	from event_streaming.consumer.recovery.resync import skip as skip_now

	skip_now(name)


def make_retries_due() -> None:
	"""As if the time that parked documents have to wait were over."""
	parked = frappe.qb.DocType("Parked Document")
	frappe.qb.update(parked).set(parked.next_retry_at, add_to_date(now_datetime(), seconds=-1)).run()


def seconds_to_next_retry() -> float:
	[at] = frappe.get_all("Parked Document", pluck="next_retry_at")
	return (at - now_datetime()).total_seconds()


def begin_new_epoch() -> None:
	"""As if the site's log were another one: a restored backup, an import."""
	frappe.db.set_value("Update Log Head", "head", "epoch", frappe.generate_hash(length=32))


def change_event_key_of_last_event() -> None:
	"""As if an older backup had been restored and other events had got the positions since."""
	[last] = frappe.get_all("Update Log", order_by="position desc", limit=1, pluck="name")
	key = frappe.generate_hash(length=16)
	frappe.db.set_value("Update Log", last, "event_key", key)
	frappe.db.set_value("Update Log Head", "head", "event_key", key)


def unmet_requirements(requirements: list[str]) -> list[str]:
	"""Which of them the libraries of this process's Python don't meet."""
	from importlib.metadata import version

	from packaging.requirements import Requirement

	asked = map(Requirement, requirements)
	return [str(one) for one in asked if not one.specifier.contains(version(one.name))]


# --- setting up and clearing away ------------------------------------------------------------------------------------


def discard(doctype: str, name: str) -> None:
	"""A draft that is cancelled without having been submitted (Frappe 16)."""
	frappe.get_doc(doctype, name).discard()


def describe_environment() -> dict:
	import streaming_shop

	import event_streaming

	return {
		"frappe": frappe.__version__,
		"event_streaming": str(Path(event_streaming.__file__).resolve()),
		"streaming_shop": str(Path(streaming_shop.__file__).resolve()),
		"db_type": frappe.db.db_type,
	}


def inventory() -> dict:
	"""What an app may leave on a site: tables and sequences with their columns, names of what it brought along."""
	brought = {
		doctype: sorted(frappe.get_all(doctype, pluck="name"))
		for doctype in BROUGHT_BY_APPS
		if exists("DocType", doctype)
	}
	return {"tables": _tables(), **brought}


def _tables() -> dict[str, list[str]]:
	tables: dict[str, list[str]] = {}
	for table, column in sorted(frappe.db.sql(COLUMNS[frappe.db.db_type])):
		tables.setdefault(table, []).append(column)
	return tables


def ensure_custom_fields(doctype: str) -> None:
	from event_streaming.consumer.identity.origin_fields import ensure_custom_fields as ensure

	ensure(doctype)


def prepare_site() -> None:
	"""A new site as its administrator would have it on the day after: set up, in UTC, its scheduler on."""
	settings = frappe.get_single("System Settings")
	settings.update({"time_zone": "UTC", "language": "en", "country": "Germany", "setup_complete": 1})
	settings.update({"enable_scheduler": 1, "enable_onboarding": 1})
	settings.flags.ignore_mandatory = True
	settings.save()
	frappe.db.set_single_value("System Settings", "setup_complete", 1)
	_mark_apps_as_set_up()
	frappe.db.set_default("desktop:home_page", "workspace")  # until then Desk shows no bar at its top
	make_user(SUBSCRIBER, ["System Manager"])
	only_our_scheduled_jobs()


def _mark_apps_as_set_up() -> None:
	"""What newer releases of v15, and v16, ask before they open Desk instead of the setup wizard."""
	if exists("DocType", "Installed Application") and frappe.db.has_column(
		"Installed Application", "is_setup_complete"
	):
		apps = frappe.qb.DocType("Installed Application")
		frappe.qb.update(apps).set(apps.is_setup_complete, 1).run()


def only_our_scheduled_jobs() -> None:
	"""Stops the framework's own jobs, which would take the processor from the tests.

	A new site begins in the zone Asia/Kolkata, so what it wrote before lies hours in the future of UTC.
	"""
	for job in frappe.get_all("Scheduled Job Type", fields=["name", "method"]):
		ours = job.method.startswith("event_streaming.")
		values = {"stopped": 0 if ours else 1, "last_execution": now_datetime(), "creation": now_datetime()}
		frappe.db.set_value("Scheduled Job Type", job.name, values, update_modified=False)


def make_schedule_due() -> None:
	"""As if the minute of the schedule had passed."""
	ours = {"method": ("like", "event_streaming.%"), "stopped": 0}
	for name in frappe.get_all("Scheduled Job Type", filters=ours, pluck="name"):
		before = add_to_date(now_datetime(), minutes=-2)
		frappe.db.set_value("Scheduled Job Type", name, "last_execution", before, update_modified=False)


def reset() -> None:
	"""Empties the shop, this app's logs and links, and what tests leave in Frappe's own tables."""
	modules = ("in", [SHOP_MODULE, APP_MODULE])
	doctypes = frappe.get_all("DocType", filters={"module": modules, "issingle": 0}, pluck="name")
	_remove_files(doctypes)
	for doctype in [*doctypes, *LOGS_TO_EMPTY]:
		if doctype != "Update Log Head" and frappe.db.table_exists(doctype):
			frappe.db.delete(doctype)
	for single in frappe.get_all("DocType", filters={"module": modules, "issingle": 1}, pluck="name"):
		frappe.db.delete("Singles", {"doctype": single})
	for prefix in ("SUP-", "SINV-", "TICKET-", "TASK-"):
		series = frappe.qb.DocType("Series")
		frappe.qb.from_(series).delete().where(series.name.like(f"{prefix}%")).run()
	_remove_customizations(doctypes)
	_remove_users()
	_begin_new_epoch()
	# the last of them: filters that a list of Desk was left with
	for prefix in ("document_cache::", "event_streaming", "rl:", "user_permissions", "_user_settings"):
		frappe.cache.delete_keys(prefix)


def _remove_files(doctypes: list[str]) -> None:
	for filters in ({"attached_to_doctype": ("in", doctypes)}, {"file_name": ("like", "test-%")}):
		for name in frappe.get_all("File", filters=filters, pluck="name"):
			frappe.delete_doc("File", name, force=True, ignore_permissions=True)
	shutil.rmtree(frappe.get_site_path("private", "event_streaming_files"), ignore_errors=True)


def _remove_customizations(doctypes: list[str]) -> None:
	for customization, field in (("Custom Field", "dt"), ("Property Setter", "doc_type")):
		filters = {field: ("in", doctypes)}
		for name in frappe.get_all(customization, filters=filters, pluck="name"):
			frappe.delete_doc(customization, name, force=True)


def _remove_users() -> None:
	for name in frappe.get_all("User", filters={"name": ("like", "test-%@example.com")}, pluck="name"):
		frappe.delete_doc("User", name, force=True)
	frappe.db.set_value("User", SUBSCRIBER, "enabled", 1)


def _begin_new_epoch() -> None:
	if frappe.db.table_exists("Update Log Head"):
		values = {"epoch": frappe.generate_hash(length=32), "position": 0, "event_key": ""}
		frappe.db.set_value("Update Log Head", "head", values)
