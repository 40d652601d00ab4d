"""What people do with ERPNext, kind by kind: steps at head office, then steps at a branch.

A step is the name of a function of the modules of `inside`: one transaction. Kinds share nothing but the company.
"""

RECEIVED = ["receive", "receive_dearer"]

# Kind: steps at head office, steps at the branch
KINDS: dict[str, tuple[list[str], list[str]]] = {
	"item": (["item_with_price_and_unit"], []),
	"variants": (["variants", "change_variant_template"], []),
	"image": (["image"], []),
	"pricing": (["pricing"], []),
	"terms": (["terms"], []),
	"parties": (["party_with_address_and_contact"], []),
	"renames": (["rename_and_merge_customers", "rename_customer", "merge_customers"], []),
	"price list": (["price_list", "rename_price_list"], []),
	"opening stock": (["opening_stock"], []),
	"invoice": (["item_and_parties"], ["invoice"]),
	"invoice taxes": (["item_and_parties"], ["invoice_with_taxes"]),
	"invoice stock": (["item_and_parties"], [*RECEIVED, "invoice_with_stock"]),
	"invoice dollars": (["item_and_parties"], ["invoice_in_dollars"]),
	"invoice terms": (["item_and_parties", "terms"], ["invoice_with_terms"]),
	"order to invoice": (["item_and_parties"], [*RECEIVED, "order", "deliver", "invoice_delivery"]),
	"purchase": (["item_and_parties"], ["purchase_order", "purchase_receipt", "purchase_invoice"]),
	"stock entries": (["item_and_parties"], [*RECEIVED, "issue", "transfer"]),
	"stock reconciliation": (["item_and_parties"], [*RECEIVED, "issue", "reconcile_stock"]),
	"late receipt": (["item_and_parties"], ["direct_receipt", "late_receipt"]),
	"credit note": (["item_and_parties"], ["invoice", "credit_note"]),
	"credit note paid": (["item_and_parties"], ["invoice", "pay_invoice", "credit_note"]),
	"debit note": (["item_and_parties"], ["direct_receipt", "debit_note"]),
	"payment": (["item_and_parties"], ["invoice", "pay_part", "pay_rest"]),
	"journal entry": (["item_and_parties"], ["journal_entry", "invoice", "journal_for_invoice"]),
	"advance": (["item_and_parties"], ["advance", "invoice_with_advance"]),
	"payment reconciliation": (["item_and_parties"], ["advance", "invoice", "reconcile_payment"]),
	"cancel and amend": (
		["item_and_parties"],
		[*RECEIVED, "invoice_with_stock", "cancel_invoice", "amend_invoice"],
	),
	"cancelled receipt": (["item_and_parties"], [*RECEIVED, "cancel_receipt"]),
	"cancelled payment": (["item_and_parties"], ["invoice", "pay_invoice", "cancel_payment"]),
	"draft": (["item_and_parties"], ["draft_invoice", "delete_draft"]),
	"batches": (["batched_item"], ["receive", "issue_batch", "transfer_batch", "sell_batch"]),
	"serials": (["serialised_item"], ["receive_serials", "issue_serial", "transfer_serial", "sell_serial"]),
	"serials in batches": (["serialised_batched_item"], ["receive_serials"]),
	"own bundle": (["serialised_item"], ["receive_with_own_bundle"]),
	"batch cancelled": (["batched_item"], ["receive", "sell_batch", "cancel_invoice"]),
	"point of sale": (["till"], [*RECEIVED, "open_till", "sell_at_till", "close_till"]),
	"item disabled": (["item_and_parties"], ["invoice"]),
}

# What came later: also done to documents that stand already, and documents that controllers make of others
FURTHER: dict[str, tuple[list[str], list[str]]] = {
	"update items": (["item_and_parties", "second_item"], ["order", "update_items"]),
	"item removed": (["item_and_parties", "second_item"], ["order", "update_items", "remove_item"]),
	"update purchased items": (
		["item_and_parties", "second_item"],
		["purchase_order", "update_purchased_items"],
	),
	"order closed": (["item_and_parties"], [*RECEIVED, "order", "deliver_some", "close_order"]),
	"purchase order closed": (["item_and_parties"], ["purchase_order", "close_purchase_order"]),
	"landed cost": (["item_and_parties"], ["direct_receipt", "issue_some", "landed_cost"]),
	"late receipt sold": (["item_and_parties"], ["direct_receipt", "issue_some", "late_receipt"]),
	"batch reconciled": (["batched_item"], ["receive", "reconcile_batch"]),
	"serial returned": (["serialised_item"], ["receive_serials", "sell_serial", "return_invoice"]),
	"delivery returned": (["item_and_parties"], [*RECEIVED, "order", "deliver", "return_delivery"]),
	"quality inspection": (["inspected_item"], ["draft_receipt", "inspect", "submit_receipt"]),
	"dollars paid": (["item_and_parties"], ["invoice_in_dollars", "pay_dollars"]),
	"dollars in advance": (
		["item_and_parties"],
		["advance_in_dollars", "invoice_with_advance_in_dollars"],
	),
	"terms paid": (["item_and_parties", "terms"], ["invoice_with_terms", "pay_part"]),
	"unreconciled": (["item_and_parties"], ["invoice", "pay_invoice", "unreconcile"]),
	"payment request": (["item_and_parties"], ["invoice", "request_payment", "pay_request"]),
	"dunning": (["item_and_parties"], ["overdue_invoice", "dun", "pay_invoice"]),
	"loyalty": (["loyal_customer"], ["earn_points", "redeem_points"]),
	"returned at the till": (
		["till"],
		[*RECEIVED, "open_till", "sell_at_till", "return_at_till", "close_till"],
	),
	"manufacture": (
		["bill_of_materials"],
		[*RECEIVED, "work_order", "bring_materials", "manufacture"],
	),
	"product bundle": (["product_bundle"], [*RECEIVED, "sell_bundle"]),
	"free item": (["free_item"], ["invoice"]),
	"asset": (["asset_item"], ["buy_asset", "use_asset"]),
	"internal transfer": (["internal_parties"], [*RECEIVED, "deliver_internally", "receive_internally"]),
}

KINDS |= FURTHER
