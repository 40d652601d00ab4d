"""Names that Frappe keeps here."""

from frappe.database.operator_map import NESTED_SET as NestedSetHierarchy
from frappe.database.reading import DefaultOrderBy
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)
__all__ = ["DefaultOrderBy", "NestedSetHierarchy"]
