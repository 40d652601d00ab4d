from frappe.model.document import Document


class ShopLedgerEntry(Document):
	pass
