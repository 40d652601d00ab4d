"""Trees that begin with different documents on the two sites.

A site that was set up in another language has *Alle Artikelgruppen* where the other has *All Item Groups*. Controllers refuse a
second root, and then all that stands below it. Which roots are one, nobody but a person can say: nothing is guessed, and nothing
of either root changes by it. From then on the register knows the producer's root by this site's name, as any other
document that has another name here.
"""

from dataclasses import asdict, dataclass

import frappe
from frappe import _
from frappe.utils import cint

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import parking
from event_streaming.consumer.feed.source import FetchedDocuments, Source
from event_streaming.consumer.identity import register
from event_streaming.consumer.recovery.retry import retry_document
from event_streaming.consumer.replay.batch import Batch
from event_streaming.consumer.subscription import Subscription, approved_configurations
from event_streaming.consumer.sync_log import SYNCED
from event_streaming.context import RESYNC
from event_streaming.exceptions import StreamingError
from event_streaming.link.client import ProducerClient

SOURCE = "Resync"


@dataclass(frozen=True)
class Roots:
	"""Names of the one document with which a tree begins here, and at the producer."""

	here: str
	there: str

	def plain(self) -> dict:
		return asdict(self)


def differing(subscription: Subscription, source: Source, remote_doctype: str) -> Roots | None:
	"""None where there is no such tree, where it begins alike or with several documents, or where the two are known to be one."""
	config = subscription.configuration(remote_doctype)
	if config.mapping or not cint(frappe.get_meta(config.local_doctype).get("is_tree")):
		return None
	parent = _parent_field(config.local_doctype)
	here = frappe.get_all(config.local_doctype, filters={parent: ("is", "not set")}, pluck="name", limit=2)
	if len(here) != 1:
		return None
	there = source.find_documents(remote_doctype, [[parent, "is", "not set"]], 2)
	if len(there) != 1 or there == here or frappe.db.exists(config.local_doctype, there[0]):
		return None
	known = register.read(subscription.producer, remote_doctype, there)
	if known and known[there[0]].local_name:
		return None
	return Roots(str(here[0]), str(there[0]))


def join(producer: str, ref_doctype: str, source: Source | None = None) -> str:
	"""A person says that the roots are one: what stands below the producer's stands below this site's from now on.

	:param ref_doctype: as the Event Configuration calls it
	:returns: the name of the root here
	:raises StreamingError: they don't differ (any more), the DocType is not approved, or the producer can't be asked
	"""
	[(local_doctype, remote_doctype)] = approved_configurations(producer, [ref_doctype]).items()
	client = source or ProducerClient.for_producer(producer)
	try:
		batch = Batch(producer, FetchedDocuments(client), cursors.hold(producer), kind=RESYNC)
		roots = differing(batch.subscription, client, remote_doctype)
		found = batch.fetched.get((remote_doctype, roots.there)) if roots else None
		if not found:
			raise StreamingError(
				_("{0} does not begin with two different documents.").format(_(local_doctype))
			)
		key = (remote_doctype, roots.there)
		_record(batch, key, found, local_doctype, roots.here)
		batch.finish()
		parking.try_all_now(producer)
		frappe.db.commit()  # nosemgrep -- the register and its log row; what waits for it may go on
		if parking.waiting_events(producer, key):
			retry_document(producer, client, key, RESYNC)
	finally:
		if not source:
			client.close()
	return roots.here


def _record(batch: Batch, key: tuple[str, str], found: dict, local_doctype: str, local_name: str) -> None:
	creation = frappe.db.get_value(local_doctype, local_name, "creation")
	batch.names.record(key, local_doctype, local_name, found["log_id"], found["identity"], str(creation))
	config = batch.subscription.configuration(key[0])
	batch.log.add(
		SYNCED,
		"Create",
		key,
		ref_doctype=local_doctype,
		docname=local_name,
		use_same_name=config.use_same_name,
		event_id=found["log_id"],
		source=SOURCE,
		message=_("{0} says that it is {1} here.").format(frappe.session.user, local_name),
	)


def _parent_field(doctype: str) -> str:
	return frappe.get_meta(doctype).get("nsm_parent_field") or f"parent_{frappe.scrub(doctype)}"
