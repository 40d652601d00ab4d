from frappe.model.document import Document

from streaming_shop import armed


class ShopNote(Document):
	def validate(self) -> None:
		armed.reject_poison(self.title)

	def on_update(self) -> None:
		armed.wait(self.title)
		armed.commit_early(self.title)

	def on_trash(self) -> None:
		armed.reject_poison(self.title)
