"""Types of the framework. `DF` is for annotations inside `if TYPE_CHECKING:` blocks only."""

from frappe.types.frappedict import _dict

__all__ = ["_dict"]
