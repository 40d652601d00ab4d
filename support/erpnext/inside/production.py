"""Things that are made of others. Each step is one transaction; see `support.erpnext.kinds`."""

import frappe
from frappe.utils import now_datetime, nowdate

from support.erpnext.inside.company import ABBR, COMPANY, LOCATION, LOYALTY
from support.erpnext.inside.masters import item_and_parties, make_customer, make_item, make_supplier
from support.erpnext.inside.vouchers import SHOP_FLOOR, STORES, new_invoice, submit

IN_PROGRESS = f"Work In Progress - {ABBR}"


def second_item(made: dict) -> None:
	make_item(made, "second")


def bill_of_materials(made: dict) -> None:
	"""A product is made of two of `item`."""
	item_and_parties(made)
	make_item(made, "product", include_item_in_manufacturing=1)
	doc = frappe.new_doc("BOM", item=made["product"], company=COMPANY, quantity=1, currency="EUR")
	doc.append("items", {"item_code": made["item"], "qty": 2, "rate": 8})
	submit(doc, made, "bom")


def work_order(made: dict) -> None:
	doc = frappe.new_doc(
		"Work Order", production_item=made["product"], bom_no=made["bom"], qty=3, company=COMPANY
	)
	doc.update({"wip_warehouse": IN_PROGRESS, "fg_warehouse": SHOP_FLOOR, "source_warehouse": STORES})
	doc.planned_start_date = now_datetime()
	doc.get_items_and_operations_from_bom()
	submit(doc, made, "work_order")


def bring_materials(made: dict) -> None:
	_for_work_order(made, "Material Transfer for Manufacture", "materials")


def manufacture(made: dict) -> None:
	_for_work_order(made, "Manufacture", "manufactured")


def _for_work_order(made: dict, purpose: str, key: str) -> None:
	from erpnext.manufacturing.doctype.work_order.work_order import make_stock_entry

	submit(frappe.get_doc(make_stock_entry(made["work_order"], purpose, 3)), made, key)


def product_bundle(made: dict) -> None:
	"""A set that is sold, of an item that is in stock."""
	item_and_parties(made)
	make_item(made, "set", is_stock_item=0)
	doc = frappe.new_doc("Product Bundle", new_item_code=made["set"])
	doc.append("items", {"item_code": made["item"], "qty": 2})
	doc.insert()


def sell_bundle(made: dict) -> None:
	submit(new_invoice({**made, "item": made["set"]}, qty=3, update_stock=1), made, "invoice")


def free_item(made: dict) -> None:
	"""Who buys five gets one of another for nothing."""
	item_and_parties(made)
	make_item(made, "gift")
	rule = frappe.new_doc("Pricing Rule", title=f"{made['kind']} rule", apply_on="Item Code", selling=1)
	rule.update({"company": COMPANY, "price_or_product_discount": "Product", "min_qty": 5, "currency": "EUR"})
	rule.update({"free_item": made["gift"], "free_qty": 1, "free_item_rate": 0})
	rule.append("items", {"item_code": made["item"]})
	rule.insert()


def loyal_customer(made: dict) -> None:
	make_item(made)
	make_customer(made, loyalty_program=LOYALTY)


def inspected_item(made: dict) -> None:
	make_item(made, inspection_required_before_purchase=1)
	make_supplier(made)


def asset_item(made: dict) -> None:
	category = frappe.new_doc("Asset Category", asset_category_name=f"{made['kind']} machines")
	of = {"account_type": "Fixed Asset", "company": COMPANY, "is_group": 0}
	accounts = {
		"fixed_asset_account": frappe.get_all("Account", of, pluck="name", order_by="name")[0],
		"accumulated_depreciation_account": f"Accumulated Depreciation - {ABBR}",
		"depreciation_expense_account": f"Depreciation - {ABBR}",
	}
	category.append("accounts", {"company_name": COMPANY, **accounts})
	category.insert()
	values = {"is_stock_item": 0, "is_fixed_asset": 1, "asset_category": category.name}
	make_item(made, **values, auto_create_assets=1, asset_naming_series="ACC-ASS-.YYYY.-")
	make_supplier(made)


def buy_asset(made: dict) -> None:
	"""ERPNext makes the Asset, as a draft, in the receipt's submit."""
	doc = frappe.new_doc("Purchase Receipt", supplier=made["supplier"], company=COMPANY)
	doc.append(
		"items",
		{"item_code": made["item"], "qty": 2, "rate": 900, "warehouse": STORES, "asset_location": LOCATION},
	)
	submit(doc, made, "purchase_receipt")


def use_asset(made: dict) -> None:
	[name, *_others] = frappe.get_all(
		"Asset", {"purchase_receipt": made["purchase_receipt"]}, pluck="name", order_by="name"
	)
	doc = frappe.get_doc("Asset", name)
	doc.available_for_use_date = nowdate()
	doc.save()
	frappe.get_doc("Asset", name).submit()


def internal_parties(made: dict) -> None:
	make_item(made)
	make_supplier(made)
	for doctype, make, key in (
		("Customer", make_customer, "customer"),
		("Supplier", make_supplier, "internal_supplier"),
	):
		name = make(made, key)
		doc = frappe.get_doc(doctype, name)
		doc.update({f"is_internal_{frappe.scrub(doctype)}": 1, "represents_company": COMPANY})
		doc.append("companies", {"company": COMPANY})
		doc.save()


def deliver_internally(made: dict) -> None:
	doc = frappe.new_doc("Delivery Note", customer=made["customer"], company=COMPANY)
	row = {"item_code": made["item"], "qty": 4, "warehouse": STORES, "target_warehouse": IN_PROGRESS}
	doc.append("items", row)
	submit(doc, made, "delivery")


def receive_internally(made: dict) -> None:
	from erpnext.stock.doctype.delivery_note.delivery_note import make_inter_company_purchase_receipt

	doc = make_inter_company_purchase_receipt(made["delivery"])
	for row in doc.items:
		row.warehouse = SHOP_FLOOR
	submit(doc, made, "internal_receipt")
