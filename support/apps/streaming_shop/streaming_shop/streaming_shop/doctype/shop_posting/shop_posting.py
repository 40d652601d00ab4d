from frappe.model.document import Document


class ShopPosting(Document):
	"""What a bill has moved, as a ledger has it."""
