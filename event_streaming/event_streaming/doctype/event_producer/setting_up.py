"""What helps a person to set a link up, on the form of an Event Producer: does it work, what goes together, what differs."""

import frappe
from frappe.utils import cint

from event_streaming.consumer import link_state, schema_check, tree_roots, trial
from event_streaming.consumer.pull import schedule
from event_streaming.desk import missing_fields, presets, ready_mappings, trials
from event_streaming.event_streaming.doctype.event_producer.access import (
	check_readable,
	get_writable,
	names_of_rows,
)
from event_streaming.link import arguments
from event_streaming.link.messages import told_to_caller


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


@frappe.whitelist()
def get_differences(producer: str) -> list[dict]:
	"""Where fields here are not as at the producer, with what to do; see `schema_check.differences`."""
	check_readable(producer)
	return schema_check.differences(producer)


@frappe.whitelist()
def get_ready_mappings(producer: str) -> list[str]:
	"""Rows that `load_ready_mapping` has something for, by their `ref_doctype`."""
	check_readable(producer)
	return ready_mappings.offered(producer)


@frappe.whitelist(methods=["POST"])
def load_ready_mapping(producer: str, ref_doctype: str) -> dict:
	"""See `ready_mappings.load`."""
	get_writable(producer)
	with told_to_caller():
		return ready_mappings.load(producer, arguments.text(ref_doctype, "ref_doctype"))


@frappe.whitelist(methods=["POST"])
def get_missing_fields(producer: str, ref_doctype: str, there: bool = False) -> str:
	"""The content of a file of Custom Fields: those of the producer that this site lacks, or the other way round.

	:param ref_doctype: as the Event Configuration calls it
	:param there: whether it is a file for the producer
	"""
	get_writable(producer)
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
	get_writable(producer)
	job = f"trial:{frappe.generate_hash(length=10)}"
	frappe.enqueue(
		trials.run_with_progress,
		queue=schedule.QUEUE,
		timeout=schedule.RUNNING_TIME * 5,
		producer=producer,
		doctypes=names_of_rows(doctypes),
		count=arguments.integer(count, "count", 1, trial.MOST),
		user=frappe.session.user,
		job=job,
	)
	return job


@frappe.whitelist(methods=["POST"])
def join_roots(producer: str, ref_doctype: str) -> str:
	"""The document with which a tree begins at the producer is the one with which it begins here; see `tree_roots.join`."""
	get_writable(producer)
	with told_to_caller():
		return tree_roots.join(producer, arguments.text(ref_doctype, "ref_doctype"))
