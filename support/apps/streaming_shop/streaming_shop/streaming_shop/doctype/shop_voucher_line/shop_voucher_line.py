from frappe.model.document import Document


class ShopVoucherLine(Document):
	pass
