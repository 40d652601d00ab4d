import contextlib

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from event_streaming import site
from event_streaming.consumer import jobs, link_state, pairing, row_statuses, schema_check, trial
from event_streaming.consumer.backfill import state as backfill_state
from event_streaming.consumer.identity import read_only
from event_streaming.consumer.pull import lane_pool, schedule
from event_streaming.consumer.reconciliation import repair as repairing
from event_streaming.consumer.reconciliation import state as reconciliation_state
from event_streaming.consumer.reconciliation import timetable
from event_streaming.desk import conflict_counts, missing_fields, presets, ready_mappings, trials
from event_streaming.exceptions import UrlNotAllowed
from event_streaming.link import arguments, moving, urls
from event_streaming.link.credentials import Secret
from event_streaming.link.messages import told_to_caller

LINK_RECORDS = (
	"Event Stream Cursor",
	"Parked Document",
	"Event Backfill",
	"Event Reconciliation",
	"Event Difference",
)


class EventProducer(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from event_streaming.event_streaming.doctype.event_producer_document_type.event_producer_document_type import (
			EventProducerDocumentType,
		)

		api_key: DF.Data | None
		api_secret: DF.Password | None
		by_mailbox: DF.Check
		callback_url: DF.Data | None
		compare_hour: DF.Int
		compare_on: DF.Literal[
			"", "Every Day", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
		]
		current_url: DF.Data | None
		event_subscriber: DF.Link
		gate_password: DF.Password | None
		gate_user: DF.Data | None
		invitation_code: DF.Data | None
		lanes: DF.Int
		max_kbits: DF.Int
		outside_effects_live: DF.Check
		outside_effects_past: DF.Check
		paused: DF.Check
		producer_doctypes: DF.Table[EventProducerDocumentType]
		producer_url: DF.Data
		receive_from: DF.Literal[
			"",
			"00:00",
			"01:00",
			"02:00",
			"03:00",
			"04:00",
			"05:00",
			"06:00",
			"07:00",
			"08:00",
			"09:00",
			"10:00",
			"11:00",
			"12:00",
			"13:00",
			"14:00",
			"15:00",
			"16:00",
			"17:00",
			"18:00",
			"19:00",
			"20:00",
			"21:00",
			"22:00",
			"23:00",
		]
		receive_until: DF.Literal[
			"",
			"00:00",
			"01:00",
			"02:00",
			"03:00",
			"04:00",
			"05:00",
			"06:00",
			"07:00",
			"08:00",
			"09:00",
			"10:00",
			"11:00",
			"12:00",
			"13:00",
			"14:00",
			"15:00",
			"16:00",
			"17:00",
			"18:00",
			"19:00",
			"20:00",
			"21:00",
			"22:00",
			"23:00",
		]
		site_id: DF.Data | None
		told_name: DF.Data | None

	# end: auto-generated types
	def onload(self):
		self.set_onload("link_state", link_state.read(self.name))
		self.set_onload("conflicts", conflict_counts.read(self.name))

	def before_insert(self):
		self.normalize_urls()  # the name is made of the URL
		site.own_id()  # settled before there is a link

	def validate(self):
		self.normalize_urls()
		self.validate_other_site()
		self.validate_subscriber()
		self.validate_subscriber_rights()
		self.validate_lanes()
		self.validate_timetable()
		self.keep_what_was_missed()
		for row in self.producer_doctypes:
			row.check()
		self.validate_no_duplicates()

	def before_save(self):
		if not self.event_subscriber or not self.producer_doctypes:
			return  # Frappe asks for them after this
		self.make_origin_fields()
		self.agree_with_producer()

	def on_update(self):
		read_only.forget_doctypes()
		if self.get_doc_before_save() and self.has_value_changed("paused"):
			link_state.follow_pause(self)
		if self.compare_on and any(map(self.has_value_changed, timetable.FIELDS)):
			timetable.follow_change(self.name)

	def on_trash(self):
		read_only.forget_doctypes()
		self.leave_producer()
		self.remove_link_records()

	def normalize_urls(self):
		if self.producer_url:
			self.producer_url = urls.normalize_url(self.producer_url)
		if self.invitation_code and self.is_new():
			self.callback_url = urls.uncallable_url(site.own_id())
		self.callback_url = urls.normalize_url(self.callback_url) if self.callback_url else urls.own_url()

	def validate_other_site(self):
		own_urls = {self.callback_url}
		with contextlib.suppress(UrlNotAllowed):  # this site can't tell its URL: the one that is given counts
			own_urls.add(urls.own_url())
		if self.producer_url in own_urls:
			frappe.throw(
				_("{0} is this site. Enter the URL of the site to receive from.").format(self.producer_url)
			)

	def validate_subscriber(self):
		if self.event_subscriber == "Guest":
			frappe.throw(_("Guest cannot be the Event Subscriber. Choose a user that exists on both sites."))

	def validate_subscriber_rights(self):
		"""Documents are written with the rights of the Event Subscriber: nobody lends rights that they lack."""
		if self.is_new() or self.has_value_changed("event_subscriber"):
			own = set(frappe.get_roles())
			if (
				lent := set(frappe.get_roles(self.event_subscriber)) - own
				if "System Manager" not in own
				else None
			):
				frappe.throw(
					_(
						"{0} has roles that you lack: {1}. Ask a System Manager to choose this Event Subscriber."
					).format(self.event_subscriber, ", ".join(sorted(lent)[:5])),
					frappe.PermissionError,
				)

	def validate_lanes(self):
		self.lanes = self.lanes or 1
		if not 1 <= self.lanes <= lane_pool.MAX_LANES:
			frappe.throw(_("Parallel Lanes can be 1 to {0}.").format(lane_pool.MAX_LANES))
		if self.lanes > 1 and not lane_pool.can_have_lanes():
			frappe.throw(
				_(
					"This site's database is a file with one writer at a time: Parallel Lanes has to be 1. More need MariaDB or Postgres."
				)
			)

	def validate_timetable(self):
		if self.compare_on and not 0 <= cint(self.compare_hour) <= 23:
			frappe.throw(_("The hour of the Regular Comparison can be 0 to 23."))

	def keep_what_was_missed(self):
		"""Jobs write it while a person has the form open."""
		before = self.get_doc_before_save()
		missed = {row.name: row.missed for row in before.producer_doctypes} if before else {}
		for row in self.producer_doctypes:
			row.missed = missed.get(row.name)

	def validate_no_duplicates(self):
		seen = {}
		for row in self.producer_doctypes:
			remote_doctype = row_statuses.remote_doctype(row)
			if remote_doctype in seen:
				frappe.throw(
					_("Rows {0} and {1} both receive {2} from the other site. Remove one of them.").format(
						seen[remote_doctype], row.idx, remote_doctype
					)
				)
			seen[remote_doctype] = row.idx

	def make_origin_fields(self):
		"""Adding columns commits on MariaDB, so this comes before anything of this document is written."""
		from event_streaming.consumer.identity.origin_fields import ensure_custom_fields

		for row in self.producer_doctypes:
			if not row.use_same_name and ensure_custom_fields(row.ref_doctype) is False:
				frappe.msgprint(
					_(
						"Row {0}: the table of {1} has no room for the fields {2} and {3}. Documents arrive all the same; where they came from is in Remote Document alone. Fewer or shorter custom fields make room."
					).format(row.idx, row.ref_doctype, _("Remote Site Name"), _("Remote Document Name")),
					title=_("Event Streaming"),
					indicator="orange",
				)

	def agree_with_producer(self):
		before = self.get_doc_before_save()
		if offer := self.flags.pop("event_streaming_offer", None):
			return pairing.accept_offer(self, offer)
		code, self.invitation_code = Secret(self.invitation_code or ""), None  # never stored
		if code:
			pairing.redeem(self, code)
		elif self.needs_registration():
			pairing.register(self)
		elif self.event_subscriber != before.event_subscriber or (
			pairing.requested_doctypes(self) != pairing.requested_doctypes(before)
		):
			pairing.update_subscription(self)

	def needs_registration(self) -> bool:
		if not self.get_doc_before_save() or not self.has_key() or self.has_value_changed("callback_url"):
			return True
		return not frappe.db.exists("Event Stream Cursor", self.name)

	def has_key(self) -> bool:
		return bool(self.api_key and self.get_password("api_secret", raise_exception=False))

	def leave_producer(self):
		if self.api_key:
			pairing.unregister(self)

	def remove_link_records(self):
		"""Remote Document rows stay, so that subscribing again recognizes the documents that are here."""
		for doctype in LINK_RECORDS:
			frappe.db.delete(doctype, {"event_producer": self.name})


@frappe.whitelist()
def get_link_state(producer: str) -> dict:
	frappe.has_permission("Event Producer", "read", arguments.text(producer, "producer"), throw=True)
	return link_state.read(producer)


@frappe.whitelist(methods=["POST"])
def test_connection(producer_url: str, producer: str | None = None) -> list[dict]:
	"""Tries the way to the other site step by step; see `link_state.test_connection`."""
	producer = arguments.text(producer, "producer", required=False) or None
	frappe.has_permission("Event Producer", "write", producer, throw=True)
	return link_state.test_connection(producer_url, producer)


@frappe.whitelist()
def get_presets() -> list[dict]:
	"""See `presets.available`."""
	frappe.has_permission("Event Producer", "create", throw=True)
	return presets.available()


@frappe.whitelist()
def get_preset(name: str) -> dict:
	"""See `presets.read`."""
	frappe.has_permission("Event Producer", "create", throw=True)
	return presets.read(arguments.text(name, "name"))


@frappe.whitelist()
def get_needed(doctypes: str | list) -> list[dict]:
	"""See `presets.needed`."""
	frappe.has_permission("Event Producer", "create", throw=True)
	known = [name for name in arguments.names(doctypes, "doctypes") if frappe.db.exists("DocType", name)]
	return presets.needed(known)


@frappe.whitelist(methods=["POST"])
def pull_now(producer: str) -> str:
	"""
	:returns: the job, to watch its progress
	"""
	_get_writable(producer)
	job = f"pull:{frappe.generate_hash(length=10)}"  # what the pull before has told is not for this one
	frappe.enqueue(
		link_state.pull_with_progress,
		queue=schedule.QUEUE,
		timeout=schedule.RUNNING_TIME * 5,
		producer=producer,
		user=frappe.session.user,
		job=job,
	)
	return job


@frappe.whitelist()
def get_differences(producer: str) -> list[dict]:
	"""Where fields here are not as at the producer, with what to do; see `schema_check.differences`."""
	frappe.has_permission("Event Producer", "read", arguments.text(producer, "producer"), throw=True)
	return schema_check.differences(producer)


@frappe.whitelist()
def get_ready_mappings(producer: str) -> list[str]:
	"""Rows that `load_ready_mapping` has something for, by their `ref_doctype`."""
	frappe.has_permission("Event Producer", "read", arguments.text(producer, "producer"), throw=True)
	return ready_mappings.offered(producer)


@frappe.whitelist(methods=["POST"])
def load_ready_mapping(producer: str, ref_doctype: str) -> dict:
	"""See `ready_mappings.load`."""
	_get_writable(producer)
	with told_to_caller():
		return ready_mappings.load(producer, arguments.text(ref_doctype, "ref_doctype"))


@frappe.whitelist(methods=["POST"])
def get_missing_fields(producer: str, ref_doctype: str, there: bool = False) -> str:
	"""The content of a file of Custom Fields: those of the producer that this site lacks, or the other way round.

	:param ref_doctype: as the Event Configuration calls it
	:param there: whether it is a file for the producer
	"""
	_get_writable(producer)
	ref_doctype = arguments.text(ref_doctype, "ref_doctype")
	find = missing_fields.missing_there if cint(there) else missing_fields.missing_here
	with told_to_caller():
		return missing_fields.as_file(find(producer, ref_doctype))


@frappe.whitelist(methods=["POST"])
def start_trial(producer: str, doctypes: str | list | None = None, count: int = trial.COUNT) -> str:
	"""Takes some documents of each approved DocType through their life cycle here, of which nothing stays; see `trial`.

	:param doctypes: rows of the Event Configuration, by their `ref_doctype`; None for all approved ones
	:param count: documents of each
	:returns: the job, to watch its progress: at its end `trials`, see `trials.with_remedies`
	"""
	_get_writable(producer)
	job = f"trial:{frappe.generate_hash(length=10)}"
	frappe.enqueue(
		trials.run_with_progress,
		queue=schedule.QUEUE,
		timeout=schedule.RUNNING_TIME * 5,
		producer=producer,
		doctypes=_doctypes(doctypes),
		count=arguments.integer(count, "count", 1, trial.MOST),
		user=frappe.session.user,
		job=job,
	)
	return job


@frappe.whitelist(methods=["POST"])
def set_paused(producer: str, paused: bool) -> None:
	doc = _get_writable(producer)
	doc.paused = int(paused)
	doc.save()


@frappe.whitelist(methods=["POST"])
def rotate_key(producer: str) -> None:
	doc = _get_writable(producer)
	pairing.rotate(doc)
	doc.save()


@frappe.whitelist(methods=["POST"])
def start_again(producer: str) -> None:
	"""See `pairing.start_again`."""
	doc = _get_writable(producer)
	pairing.start_again(doc)
	doc.save()


@frappe.whitelist(methods=["POST"])
def start_backfill(
	producer: str,
	doctypes: str | list | None = None,
	only: str | list | dict | None = None,
	from_date: str | None = None,
	newest_first: int | None = 0,
) -> list[dict]:
	"""Begins to fetch the documents that were at the producer before; they come in the background, while changes
	go on. What was stopped or failed goes on where it was, what was done is gone through again.

	:param doctypes: rows of the Event Configuration, by their `ref_doctype`; None for all approved ones
	:param only: filters; only documents that fit them are fetched
	:param from_date: only documents that were made there on that day or later
	:param newest_first: 1 to begin with those that were made last
	:returns: as `get_backfill`
	:raises StreamingError: one of them is not subscribed to or not approved
	"""
	_get_writable(producer)
	with told_to_caller():
		part = arguments.part(only, from_date)
		backfill_state.start(producer, _doctypes(doctypes), part, bool(cint(newest_first)))
	frappe.db.after_commit.add(lambda: jobs.enqueue_backfill(producer))
	return backfill_state.read(producer)


@frappe.whitelist(methods=["POST"])
def stop_backfill(producer: str, doctypes: str | list | None = None) -> list[dict]:
	"""Ends it after the page that is under way; `start_backfill` goes on from there.

	:param doctypes: as for `start_backfill`; None for all
	:returns: as `get_backfill`
	"""
	_get_writable(producer)
	backfill_state.stop(producer, _doctypes(doctypes))
	return backfill_state.read(producer)


@frappe.whitelist()
def get_backfill(producer: str) -> list[dict]:
	"""How far the backfill of each DocType is that was ever begun; ask again every few seconds while one is unfinished.

	:returns: [{`ref_doctype` as in the Event Configuration, `remote_doctype`, `status` Queued/Running/Done/Stopped/
	        Failed, `percent` 0 to 100, `total` documents there, `done` looked at, of these `taken`, `skipped` (here
	        already), `failed` (see Event Sync Log, source Backfill), `waiting`; `message` why it doesn't go on,
	        `started`, `finished`}]
	"""
	frappe.has_permission("Event Producer", "read", arguments.text(producer, "producer"), throw=True)
	return backfill_state.read(producer)


@frappe.whitelist(methods=["POST"])
def start_reconciliation(producer: str, doctypes: str | list | None = None) -> list[dict]:
	"""Compares the documents here with those at the producer, in the background; nothing is changed by it.

	:param doctypes: rows of the Event Configuration, by their `ref_doctype`; None for all approved ones
	:returns: as `get_reconciliation`
	:raises StreamingError: one of them is not subscribed to or not approved
	"""
	_get_writable(producer)
	with told_to_caller():
		reconciliation_state.start(producer, _doctypes(doctypes))
	frappe.db.after_commit.add(lambda: jobs.enqueue_reconciliation(producer))
	return reconciliation_state.RUNS.shown(producer)


@frappe.whitelist(methods=["POST"])
def stop_reconciliation(producer: str, doctypes: str | list | None = None) -> list[dict]:
	"""Ends it after the piece that is under way; what the comparison before has found stays.

	:param doctypes: as for `start_reconciliation`; None for all
	:returns: as `get_reconciliation`
	"""
	_get_writable(producer)
	reconciliation_state.stop(producer, _doctypes(doctypes))
	return reconciliation_state.RUNS.shown(producer)


@frappe.whitelist()
def get_reconciliation(producer: str) -> list[dict]:
	"""What the last comparison of each DocType has found; ask again every few seconds while one is unfinished.

	The documents themselves are rows of Event Difference (`event_producer`, `ref_doctype`, `kind`), up to 1000 of each
	DocType.

	:returns: [{`ref_doctype` as in the Event Configuration, `remote_doctype`, `status` Queued/Running/Done/Failed,
	        `message` why it failed or doesn't go on, `there` documents at the producer, `here` documents that came from
	        there, `equal`, `percent` of those there that are here and equal, `missing`, `different`, `surplus` (here, no
	        longer there), `behind` (changes still to come, or waiting behind a failure), `started`, `finished`}]
	"""
	frappe.has_permission("Event Producer", "read", arguments.text(producer, "producer"), throw=True)
	return reconciliation_state.RUNS.shown(producer)


@frappe.whitelist(methods=["POST"])
def repair(producer: str, doctype: str, names: str | list | None = None, delete_surplus: bool = False) -> str:
	"""Takes documents that the last comparison has listed from the producer again, in the background.

	:param doctype: `ref_doctype` of the comparison
	:param names: `remote_docname` of Event Difference rows; None for all of this DocType
	:param delete_surplus: whether documents that are no longer at the producer are deleted here
	:returns: the job, to watch its progress: `done`, `total`; at its end `fixed`, `deleted`, `failed`, `messages`
	"""
	_get_writable(producer)
	doctype = arguments.text(doctype, "doctype")
	names = None if names is None else arguments.names(names, "names")
	job = f"repair:{frappe.generate_hash(length=10)}"
	frappe.enqueue(
		repairing.repair_with_progress,
		queue=schedule.QUEUE,
		timeout=jobs.COMPARING_TIME,
		producer=producer,
		ref_doctype=doctype,
		names=names,
		delete_surplus=bool(delete_surplus),
		user=frappe.session.user,
		job=job,
	)
	return job


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist(methods=["POST"])
def unpair(producer: str) -> dict:
	"""Ends the link on both sites and removes what this site knows of it.

	:returns: whether the other site was `told`, how many `documents` that came from it stay, and of how many that
	        were `parked` nothing is kept
	"""
	doc = _get(producer, "delete")
	counts = {
		"documents": frappe.db.count("Remote Document", {"event_producer": producer}),
		"parked": frappe.db.count("Parked Document", {"event_producer": producer}),
	}
	doc.delete()
	return {"told": frappe.flags.producer_not_told != producer, **counts}


@frappe.whitelist(methods=["POST"])
def move_link(producer: str, url: str) -> None:
	"""See `moving.move`."""
	moving.move(_get_writable(producer), arguments.text(url, "url"))
	frappe.db.after_commit.add(lambda: schedule.enqueue_pull(producer))


def _doctypes(value: str | list | None) -> list[str] | None:
	return None if value is None else arguments.names(value, "doctypes")


def _get_writable(producer: str) -> EventProducer:
	return _get(producer, "write")


def _get(producer: str, right: str) -> EventProducer:
	frappe.has_permission("Event Producer", right, throw=True)  # whoever has none learns of no link
	doc = frappe.get_doc("Event Producer", arguments.text(producer, "producer"))
	doc.check_permission(right)
	return doc
