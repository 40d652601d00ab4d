"""How goods come in and are moved. Each step is one transaction; see `support.erpnext.chains`."""

import frappe
from frappe.utils import add_days, nowdate

from support.erpnext.inside.company import ABBR, COMPANY
from support.erpnext.inside.masters import item_and_parties, make_customer, make_item, make_supplier
from support.erpnext.inside.vouchers import (
	SHOP_FLOOR,
	STORES,
	batch_of,
	new_invoice,
	new_stock_entry,
	submit,
)

TRANSIT, REJECTED = f"Goods In Transit - {ABBR}", f"Work In Progress - {ABBR}"


# --- buying ----------------------------------------------------------------------------------------------------------


def request_material(made: dict) -> None:
	doc = frappe.new_doc("Material Request", material_request_type="Purchase", company=COMPANY)
	doc.schedule_date = add_days(nowdate(), 5)
	doc.append("items", {"item_code": made["item"], "qty": 12, "warehouse": STORES, "rate": 5})
	submit(doc, made, "material_request")


def order_requested(made: dict) -> None:
	from erpnext.stock.doctype.material_request.material_request import make_purchase_order

	doc = make_purchase_order(made["material_request"])
	doc.supplier = made["supplier"]
	for row in doc.items:
		row.rate = 5
	submit(doc, made, "purchase_order")


def request_transfer(made: dict) -> None:
	doc = frappe.new_doc("Material Request", material_request_type="Material Transfer", company=COMPANY)
	doc.schedule_date = add_days(nowdate(), 5)
	row = {"item_code": made["item"], "qty": 4, "warehouse": SHOP_FLOOR, "from_warehouse": STORES}
	doc.append("items", row)
	submit(doc, made, "material_request")


def transfer_requested(made: dict) -> None:
	from erpnext.stock.doctype.material_request.material_request import make_stock_entry

	submit(make_stock_entry(made["material_request"]), made, "transfer")


def ask_suppliers(made: dict) -> None:
	from erpnext.stock.doctype.material_request.material_request import make_request_for_quotation

	doc = make_request_for_quotation(made["material_request"])
	doc.append("suppliers", {"supplier": made["supplier"], "send_email": 0})
	doc.message_for_supplier = "How much?"
	submit(doc, made, "request_for_quotation")


def supplier_quotes(made: dict) -> None:
	from erpnext.buying.doctype.request_for_quotation.request_for_quotation import (
		make_supplier_quotation_from_rfq,
	)

	doc = make_supplier_quotation_from_rfq(made["request_for_quotation"], for_supplier=made["supplier"])
	doc.items[0].rate = 4
	submit(doc, made, "supplier_quotation")


def order_quoted(made: dict) -> None:
	from erpnext.buying.doctype.supplier_quotation.supplier_quotation import make_purchase_order

	doc = make_purchase_order(made["supplier_quotation"])
	doc.schedule_date = add_days(nowdate(), 5)
	submit(doc, made, "purchase_order")


def receive_with_rejected(made: dict) -> None:
	doc = frappe.new_doc("Purchase Receipt", supplier=made["supplier"], company=COMPANY)
	row = {"item_code": made["item"], "received_qty": 6, "qty": 4, "rejected_qty": 2, "rate": 5}
	doc.append("items", {**row, "warehouse": STORES, "rejected_warehouse": REJECTED})
	submit(doc, made, "purchase_receipt")


def buy_with_stock(made: dict) -> None:
	doc = frappe.new_doc("Purchase Invoice", supplier=made["supplier"], company=COMPANY, update_stock=1)
	doc.bill_no = f"{made['kind']} bill"
	doc.append("items", {"item_code": made["item"], "qty": 6, "rate": 5, "warehouse": STORES})
	submit(doc, made, "purchase_invoice")


def landed_cost_of_invoice(made: dict) -> None:
	doc = frappe.new_doc("Landed Cost Voucher", company=COMPANY, distribute_charges_based_on="Qty")
	doc.append(
		"purchase_receipts",
		{"receipt_document_type": "Purchase Invoice", "receipt_document": made["purchase_invoice"]},
	)
	account = f"Freight and Forwarding Charges - {ABBR}"
	doc.append("taxes", {"expense_account": account, "description": "Freight", "amount": 12})
	doc.get_items_from_purchase_receipts()
	submit(doc, made, "landed_cost")


# --- moving ----------------------------------------------------------------------------------------------------------


def send_off(made: dict) -> None:
	doc = new_stock_entry(made, "Material Transfer", 5, s_warehouse=STORES, t_warehouse=TRANSIT)
	doc.add_to_transit = 1
	submit(doc, made, "sent")


def arrive(made: dict) -> None:
	from erpnext.stock.doctype.stock_entry.stock_entry import make_stock_in_entry

	doc = make_stock_in_entry(made["sent"])
	doc.items[0].update({"t_warehouse": SHOP_FLOOR, "qty": 3, "transfer_qty": 3})
	submit(doc, made, "arrived")


def boxed_item(made: dict) -> None:
	"""Bought in boxes, sold one by one."""
	code = f"{made['kind']} item"
	doc = frappe.new_doc("Item", item_code=code, item_group="Products", stock_uom="Nos")
	doc.append("uoms", {"uom": "Box", "conversion_factor": 12})
	doc.allow_negative_stock = 1
	doc.insert()
	made["item"] = doc.name
	make_customer(made)
	make_supplier(made)


def receive_boxes(made: dict, rate: float = 60) -> None:
	doc = frappe.new_doc("Purchase Receipt", supplier=made["supplier"], company=COMPANY)
	row = {"item_code": made["item"], "qty": 2, "uom": "Box", "conversion_factor": 12, "rate": rate}
	doc.append("items", {**row, "warehouse": STORES})
	submit(doc, made, "purchase_receipt")


def oversell(made: dict) -> None:
	"""More than there are."""
	submit(new_invoice(made, qty=30, update_stock=1), made, "invoice")


def receive_more_boxes(made: dict) -> None:
	receive_boxes(made, 84)


def repack(made: dict) -> None:
	doc = new_stock_entry(made, "Repack", 4, s_warehouse=STORES)
	row = {"item_code": made["second"], "qty": 1, "t_warehouse": SHOP_FLOOR, "is_finished_item": 1}
	doc.append("items", row)
	submit(doc, made, "repacked")


def deliver_batch(made: dict) -> None:
	doc = frappe.new_doc("Delivery Note", customer=made["customer"], company=COMPANY)
	row = {"item_code": made["item"], "qty": 5, "rate": 10, "warehouse": STORES}
	doc.append("items", {**row, "use_serial_batch_fields": 1, "batch_no": batch_of(made)})
	submit(doc, made, "delivery")


# --- subcontracting --------------------------------------------------------------------------------------------------


def subcontracted_product(made: dict) -> None:
	item_and_parties(made)
	make_item(made, "product", is_sub_contracted_item=1)
	make_item(made, "service", is_stock_item=0)
	doc = frappe.new_doc("BOM", item=made["product"], company=COMPANY, quantity=1, currency="EUR")
	doc.append("items", {"item_code": made["item"], "qty": 2, "rate": 8})
	submit(doc, made, "bom")


def order_service(made: dict) -> None:
	doc = frappe.new_doc("Purchase Order", supplier=made["supplier"], company=COMPANY, is_subcontracted=1)
	doc.update({"schedule_date": add_days(nowdate(), 7), "supplier_warehouse": REJECTED})
	row = {"item_code": made["service"], "qty": 3, "rate": 4, "warehouse": STORES}
	doc.append("items", {**row, "fg_item": made["product"], "fg_item_qty": 3, "bom": made["bom"]})
	submit(doc, made, "purchase_order")


def order_subcontracting(made: dict) -> None:
	from erpnext.buying.doctype.purchase_order.purchase_order import make_subcontracting_order

	doc = make_subcontracting_order(made["purchase_order"])
	doc.set_warehouse = SHOP_FLOOR
	for row in doc.items:
		row.warehouse = SHOP_FLOOR
	for row in doc.supplied_items:
		row.reserve_warehouse = STORES
	submit(doc, made, "subcontracting_order")


def send_to_subcontractor(made: dict) -> None:
	from erpnext.controllers.subcontracting_controller import make_rm_stock_entry

	entry = frappe.get_doc(make_rm_stock_entry(made["subcontracting_order"]))
	for row in entry.items:
		row.s_warehouse = STORES
	submit(entry, made, "sent")


def receive_from_subcontractor(made: dict) -> None:
	from erpnext.subcontracting.doctype.subcontracting_order.subcontracting_order import (
		make_subcontracting_receipt,
	)

	submit(make_subcontracting_receipt(made["subcontracting_order"]), made, "subcontracting_receipt")
