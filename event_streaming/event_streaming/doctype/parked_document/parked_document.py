import frappe
from frappe.model.document import Document

from event_streaming import roles
from event_streaming.consumer.pull.schedule import QUEUE
from event_streaming.desk import trials
from event_streaming.link import arguments


class ParkedDocument(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		attempts: DF.Int
		event_producer: DF.Data
		message: DF.SmallText | None
		next_retry_at: DF.Datetime | None
		remote_docname: DF.Data
		remote_doctype: DF.Data
		status: DF.Literal["Retrying", "Waiting", "Failed"]
		waits_for_doctype: DF.Data | None
		waits_for_name: DF.Data | None
	# end: auto-generated types
	pass


@frappe.whitelist(methods=["POST"])
def try_document(name: str) -> str:
	"""Whether it would come now; nothing of the try stays.

	:returns: the job, to watch its progress: at its end `message`, why it would still fail, or ""
	"""
	frappe.only_for(roles.USERS)
	parked = frappe.get_doc("Parked Document", arguments.text(name, "name"))
	job = f"trial:{frappe.generate_hash(length=10)}"
	frappe.enqueue(
		trials.try_with_progress,
		queue=QUEUE,
		producer=parked.event_producer,
		doctype=parked.remote_doctype,
		name=parked.remote_docname,
		user=frappe.session.user,
		job=job,
	)
	return job


def on_doctype_update() -> None:
	# Names are explicit: on SQLite and Postgres an index name is unique in the whole database.
	remote_document = ["event_producer", "remote_doctype", "remote_docname"]
	frappe.db.add_unique("Parked Document", remote_document, "parked_document_key")
