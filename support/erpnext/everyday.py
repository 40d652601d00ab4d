"""Kinds of work of every week, see `support.erpnext.kinds`."""

from support.erpnext.kinds import RECEIVED

BOUGHT = ["purchase_order", "purchase_receipt", "purchase_invoice"]
EVERYDAY: dict[str, tuple[list[str], list[str]]] = {
	"order amended": (
		["item_and_parties"],
		[*RECEIVED, "order", "deliver", "cancel_delivery", "cancel_order", "amend_order"],
	),
	"payment amended": (["item_and_parties"], ["invoice", "pay_invoice", "cancel_payment", "amend_payment"]),
	"supplier paid": (["item_and_parties"], [*BOUGHT, "pay_supplier"]),
	"bill cancelled": (["item_and_parties"], [*BOUGHT, "cancel_purchase_invoice"]),
	"bill returned": (["item_and_parties"], [*BOUGHT, "return_purchase_invoice"]),
	"supplier in advance": (["item_and_parties"], ["advance_to_supplier", "bill_with_advance"]),
	"bank fee": (["item_and_parties"], ["invoice", "pay_less"]),
	"money moved": (["item_and_parties"], ["take_to_bank"]),
	"salaries": (["item_and_parties"], ["pay_salaries"]),
	"sold for cash": (["till"], [*RECEIVED, "sell_for_cash"]),
	"shipping": (["shipped_item"], ["invoice_with_shipping"]),
	"shelved": (["shelved_item"], ["receive_on_shelves"]),
	"installed": (["item_and_parties"], [*RECEIVED, "order", "deliver", "install"]),
	"maintenance": (["sellers"], ["plan_maintenance", "visit"]),
	"repeated": (["item_and_parties"], ["invoice", "repeat_invoice", "run_repeat"]),
}
