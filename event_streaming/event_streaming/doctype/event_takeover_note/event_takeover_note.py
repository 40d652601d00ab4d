from frappe.model.document import Document


class EventTakeoverNote(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		earlier: DF.Code | None
		kind: DF.Literal["Condition", "Mapping", "Documents", "Link", "API Key", "Other Fields"]
		link: DF.Data | None
		status: DF.Literal["Open", "Done"]
		subject: DF.Data | None
		what_to_do: DF.SmallText | None
	# end: auto-generated types
	pass
