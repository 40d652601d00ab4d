from frappe.model.document import Document


class ShopInvoiceItem(Document):
	pass
