from frappe.utils.nestedset import NestedSet


class ShopTerritory(NestedSet):
	nsm_parent_field = "parent_shop_territory"
