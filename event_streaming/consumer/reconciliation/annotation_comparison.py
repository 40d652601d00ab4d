"""Whether the comments, tags and assignments of documents here are those of the producer: by what was received, and by what is still here.

What people changed or deleted here is no difference, and neither are their own comments, tags and assignments.
"""

import json

import frappe
from frappe import _

from event_streaming.consumer.identity import remote_comments, remote_files
from event_streaming.consumer.identity.remote_assignments import Assigned
from event_streaming.consumer.reconciliation.comparison import Differences
from event_streaming.document.assignments import OPEN
from event_streaming.document.snapshot import as_creation
from event_streaming.exceptions import AppMissing, CredentialsRefused
from event_streaming.link.client import ProducerClient
from event_streaming.link.messages import untell
from event_streaming.link.protocol import MAX_FILED

SHOWN = 40  # characters of a comment


def differences(
	producer: str, source: ProducerClient, doctype: str, names: list[str], besides: set[str]
) -> dict[str, Differences]:
	"""By remote name, of documents that are here and whose comments, tags or assignments differ. Nothing of those that are due to be looked at.

	:param besides: what is taken, of `protocol.BESIDES`
	"""
	found = {}
	for start in range(0, len(names), MAX_FILED):
		some = remote_files.looked_at(producer, doctype, names[start : start + MAX_FILED])
		while some:
			try:
				answer = source.list_annotations([(doctype, name) for name in some])
			except (AppMissing, CredentialsRefused) as error:
				untell(error)
				return {}  # it gives none, as the row says
			taken = {what for what in besides & answer["given"].keys() if doctype in answer["given"][what]}
			for _doctype, name, told in answer["documents"]:
				if different := _compare(producer, some[name], told, taken):
					found[name] = different
			told_names = {name for _doctype, name, _told in answer["documents"]}
			is_rest = answer["more"] and told_names
			some = {name: row for name, row in some.items() if name not in told_names} if is_rest else {}
	return found


def _compare(producer: str, row: frappe._dict, told: dict, taken: set[str]) -> Differences:
	found: Differences = {}
	if "comments" in taken:
		found |= _compare_comments(producer, row, told)
	if "tags" in taken:
		there, known = sorted(told["tags"]), sorted(json.loads(row.tags_there or "[]"))
		if there != known:
			found[_("Tags")] = [", ".join(there), ", ".join(known)]
	if "assignments" in taken:
		found |= _compare_assignments(row, told)
	return found


def _compare_assignments(row: frappe._dict, told: dict) -> Differences:
	assigned = Assigned(row.name, row.local_doctype, row.local_docname)
	if not assigned.creation:
		return {}  # it was deleted here
	changes = assigned.changes(told.get("assignments", []), bool(told.get("assignments_cut")))
	there = [change.told["user"] for change in changes if change.told["state"] == OPEN]
	gone = [change.known.user for change in changes if change.told["state"] != OPEN]
	return {_("Assigned To"): [", ".join(there), ", ".join(gone)]} if there or gone else {}


def _compare_comments(producer: str, row: frappe._dict, told: dict) -> Differences:
	here = remote_comments.names_on(row.local_doctype, row.local_docname)
	known = remote_comments.known(producer, row.name, as_creation(row.local_creation), here)
	comments = remote_comments.from_elsewhere(told.get("comments", []))
	there = [
		comment
		for key, comment in comments.items()
		if not (brought := known.get(key))
		or (
			brought.event_producer == producer
			and brought.local_comment in here
			and brought.told != remote_comments.text_hash(comment)
		)
	]
	gone = [
		comment.author or ""
		for key, comment in known.items()
		if key not in comments
		and comment.event_producer == producer
		and comment.local_comment in here
		and not told.get("cut")
	]
	if not there and not gone:
		return {}
	texts = [f"{comment['by'] or comment['email']}: {comment['text'][:SHOWN]}" for comment in there]
	return {_("Comments"): [", ".join(texts), ", ".join(gone)]}
