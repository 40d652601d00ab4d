"""Whether the files of documents here are those of the producer: by the hashes of what was received, and by what is still here.

What this site has refused, and what people deleted here, is no difference: Remote File says so.
"""

import frappe
from frappe import _

from event_streaming.consumer.identity import remote_files
from event_streaming.consumer.identity.remote_files import DELETED_HERE, HERE, REFUSED
from event_streaming.consumer.reconciliation.comparison import Differences
from event_streaming.exceptions import AppMissing, CredentialsRefused
from event_streaming.link.client import ProducerClient
from event_streaming.link.messages import untell
from event_streaming.link.protocol import MAX_FILED, MAX_FILES


def differences(
	producer: str, source: ProducerClient, doctype: str, names: list[str]
) -> dict[str, Differences]:
	"""By remote name, of documents that are here and whose files differ. Nothing of those that are due to be looked at."""
	found = {}
	for start in range(0, len(names), MAX_FILED):
		some = remote_files.looked_at(producer, doctype, names[start : start + MAX_FILED])
		try:
			listed = source.list_files([(doctype, name) for name in some])["documents"] if some else []
		except (AppMissing, CredentialsRefused) as error:
			untell(error)
			return {}  # it gives none, as the row says
		for _doctype, name, files in listed:
			if different := _compare(some[name].name, files):
				found[name] = different
	return found


def _compare(register_row: str, files: list[dict]) -> Differences:
	known = {row.remote_file: row for row in remote_files.known(register_row)}
	told_names = {told["name"] for told in files}
	there = [told["file_name"] for told in files if not _is_accounted_for(told, known.get(told["name"]))]
	gone = [
		row.file_name
		for name, row in known.items()
		if name not in told_names and row.status == HERE and len(files) < MAX_FILES
	]
	return {_("Attachments"): [", ".join(there), ", ".join(gone)]} if there or gone else {}


def _is_accounted_for(told: dict, row: frappe._dict | None) -> bool:
	if not row or (row.content_hash or "") != told["hash"]:
		return False
	return row.status in (HERE, REFUSED, DELETED_HERE)
