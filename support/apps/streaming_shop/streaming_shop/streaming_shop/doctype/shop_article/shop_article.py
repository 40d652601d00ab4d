import frappe
from frappe.model.document import Document


class ShopArticle(Document):
	"""Makes other documents on the way, as an ERP's Item does with its Item Price."""

	def after_insert(self) -> None:
		if self.selling_rate:
			self.make("Shop Article Price", rate=self.selling_rate)
		if self.makes_label:
			self.make("Shop Article Label", title=f"Label of {self.name}")
		if self.makes_task:
			self.make("Shop Article Task", subject="Take a photo")
		self.ask_for_photos()

	def on_update(self) -> None:
		before = self.get_doc_before_save()
		if self.stocked and not (before and before.stocked):
			self.make("Shop Article Price", price_list="Stock", rate=1)

	def ask_for_photos(self) -> None:
		for subject in frappe.conf.shop_articles_ask_for_photos or ():
			self.make("Shop Article Task", subject=subject)

	def make(self, doctype: str, **values) -> None:
		frappe.get_doc({"doctype": doctype, "article": self.name, **values}).insert()
