from frappe.model.document import Document


class ShopInvoiceTax(Document):
	pass
