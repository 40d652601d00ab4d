from frappe.model.document import Document


class ShopPaymentBill(Document):
	pass
