from frappe.model.document import Document

from event_streaming.consumer.identity import remote_files


class RemoteFile(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		adopted: DF.Check
		attempts: DF.Int
		content_hash: DF.Data | None
		event_producer: DF.Data
		fieldname_there: DF.Data | None
		file_name: DF.Data | None
		is_private: DF.Check
		local_creation: DF.Datetime | None
		local_docname: DF.Data | None
		local_doctype: DF.Data | None
		local_file: DF.Data | None
		local_url: DF.SmallText | None
		message: DF.SmallText | None
		remote_docname: DF.Data
		register_row: DF.Data | None
		remote_doctype: DF.Data
		remote_file: DF.Data
		remote_url: DF.SmallText | None
		sha256: DF.Data | None
		file_size: DF.Int
		status: DF.Literal["Fetching", "Here", "Failed", "Refused", "Deleted Here"]
	# end: auto-generated types

	def on_trash(self):
		"""The file itself stays. Whether it is to be fetched once more is looked up soon."""
		remote_files.note_due_again(self.event_producer, self.register_row)
