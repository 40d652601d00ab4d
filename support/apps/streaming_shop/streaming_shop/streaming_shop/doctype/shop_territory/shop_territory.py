import frappe
from frappe.utils.nestedset import NestedSet


class ShopTerritory(NestedSet):
	nsm_parent_field = "parent_shop_territory"

	def validate(self):
		"""As ERPNext's trees do, where the site config says so (`shop_one_root`)."""
		if frappe.conf.shop_one_root and not self.parent_shop_territory and self._another_root():
			frappe.throw("Multiple root nodes not allowed.")

	def _another_root(self) -> bool:
		roots = frappe.get_all(self.doctype, filters={self.nsm_parent_field: ("is", "not set")}, pluck="name")
		return bool(set(roots) - {self.name})
