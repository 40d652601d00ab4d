import contextlib

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from event_streaming import site
from event_streaming.consumer import link_state, pairing, row_statuses
from event_streaming.consumer.identity import read_only
from event_streaming.consumer.pull import lane_pool, schedule
from event_streaming.consumer.reconciliation import timetable
from event_streaming.desk import conflict_counts
from event_streaming.document.singles import is_single
from event_streaming.event_streaming.doctype.event_producer.access import (
	check_readable,
	get_permitted,
	get_writable,
)
from event_streaming.event_streaming.doctype.event_producer.existing_documents import (  # noqa: F401 -- this is where the form and scripts call them
	get_backfill,
	get_reconciliation,
	repair,
	start_backfill,
	start_reconciliation,
	stop_backfill,
	stop_reconciliation,
)
from event_streaming.event_streaming.doctype.event_producer.setting_up import (  # noqa: F401 -- as these
	get_differences,
	get_missing_fields,
	get_needed,
	get_preset,
	get_presets,
	get_ready_mappings,
	join_roots,
	load_ready_mapping,
	start_trial,
	test_connection,
)
from event_streaming.exceptions import UrlNotAllowed
from event_streaming.link import arguments, moving, urls
from event_streaming.link.credentials import Secret

LINK_RECORDS = (
	"Event Stream Cursor",
	"Event Stream Fence",
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
			if is_single(row.ref_doctype):
				continue
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
	check_readable(producer)
	return link_state.read(producer)


@frappe.whitelist(methods=["POST"])
def pull_now(producer: str) -> str:
	"""
	:returns: the job, to watch its progress
	"""
	get_writable(producer)
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


@frappe.whitelist(methods=["POST"])
def set_paused(producer: str, paused: bool) -> None:
	doc = get_writable(producer)
	doc.paused = int(paused)
	doc.save()


@frappe.whitelist(methods=["POST"])
def rotate_key(producer: str) -> None:
	doc = get_writable(producer)
	pairing.rotate(doc)
	doc.save()


@frappe.whitelist(methods=["POST"])
def start_again(producer: str) -> None:
	"""See `pairing.start_again`."""
	doc = get_writable(producer)
	pairing.start_again(doc)
	doc.save()


@frappe.whitelist(methods=["POST"])
def unpair(producer: str) -> dict:
	"""Ends the link on both sites and removes what this site knows of it.

	:returns: whether the other site was `told`, how many `documents` that came from it stay, and of how many that
	        were `parked` nothing is kept
	"""
	doc = get_permitted(producer, "delete")
	counts = {
		"documents": frappe.db.count("Remote Document", {"event_producer": producer}),
		"parked": frappe.db.count("Parked Document", {"event_producer": producer}),
	}
	doc.delete()
	return {"told": frappe.flags.producer_not_told != producer, **counts}


@frappe.whitelist(methods=["POST"])
def move_link(producer: str, url: str) -> None:
	"""See `moving.move`."""
	moving.move(get_writable(producer), arguments.text(url, "url"))
	frappe.db.after_commit.add(lambda: schedule.enqueue_pull(producer))
