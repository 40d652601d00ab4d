"""Kinds of master data as head office makes them. Each step is one transaction; see `support.erpnext.kinds`."""

import frappe

from support.erpnext.inside.company import ABBR, COMPANY

PNG = (
	b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00"
	b"\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


def make_item(made: dict, key: str = "item", **values) -> str:
	code = f"{made['kind']} {key}"
	doc = frappe.new_doc("Item", item_code=code, item_group="Products", stock_uom="Nos", **values)
	doc.insert()
	made[key] = doc.name
	return doc.name


def make_customer(made: dict, key: str = "customer", **values) -> str:
	doc = frappe.new_doc("Customer", customer_name=f"{made['kind']} {key}", customer_type="Company", **values)
	doc.insert()
	made[key] = doc.name
	return doc.name


def make_supplier(made: dict, key: str = "supplier", **values) -> str:
	doc = frappe.new_doc("Supplier", supplier_name=f"{made['kind']} {key}", supplier_type="Company", **values)
	doc.insert()
	made[key] = doc.name
	return doc.name


def item_and_parties(made: dict) -> None:
	"""What most kinds of transactions need."""
	make_item(made)
	make_customer(made)
	make_supplier(made)


def batched_item(made: dict) -> None:
	make_item(made, has_batch_no=1, create_new_batch=1, batch_number_series="B-.####")
	make_customer(made)
	make_supplier(made)


def serialised_item(made: dict) -> None:
	make_item(made, has_serial_no=1, serial_no_series="S-.####")
	make_customer(made)
	make_supplier(made)


def serialised_batched_item(made: dict) -> None:
	values = {"has_batch_no": 1, "create_new_batch": 1, "batch_number_series": "SB-.####"}
	make_item(made, has_serial_no=1, serial_no_series="SBS-.####", **values)
	make_supplier(made)


def item_with_price_and_unit(made: dict) -> None:
	doc = frappe.new_doc("Item", item_code=f"{made['kind']} tea", item_group="Products", stock_uom="Nos")
	doc.update({"standard_rate": 12.5, "valuation_rate": 5, "is_stock_item": 1})
	doc.append("uoms", {"uom": "Box", "conversion_factor": 12})
	doc.append("item_defaults", {"company": COMPANY, "default_warehouse": f"Stores - {ABBR}"})
	doc.append("barcodes", {"barcode": "4006381333931", "barcode_type": "EAN"})
	doc.insert()
	made["item"] = doc.name


def variants(made: dict) -> None:
	attribute = frappe.new_doc("Item Attribute", attribute_name=f"{made['kind']} colour")
	for colour, abbreviation in (("Red", "R"), ("Blue", "B")):
		attribute.append("item_attribute_values", {"attribute_value": colour, "abbr": abbreviation})
	attribute.insert()
	template = frappe.new_doc("Item", item_code=f"{made['kind']} cup", item_group="Products", stock_uom="Nos")
	template.has_variants = 1
	template.append("attributes", {"attribute": attribute.name})
	template.insert()
	from erpnext.controllers.item_variant import create_variant

	for colour in ("Red", "Blue"):
		create_variant(template.name, {attribute.name: colour}).insert()
	made["template"] = template.name


def change_variant_template(made: dict) -> None:
	template = frappe.get_doc("Item", made["template"])
	template.description = "A cup for tea"
	template.save()


def image(made: dict) -> None:
	make_item(made, "pot")
	file = frappe.new_doc(
		"File", file_name="pot.png", attached_to_doctype="Item", attached_to_name=made["pot"]
	)
	file.update({"attached_to_field": "image", "content": PNG, "is_private": 0})
	file.save()
	item = frappe.get_doc("Item", made["pot"])
	item.image = file.file_url
	item.save()


def opening_stock(made: dict) -> None:
	values = {"opening_stock": 10, "valuation_rate": 4, "is_stock_item": 1}
	doc = frappe.new_doc(
		"Item", item_code=f"{made['kind']} rice", item_group="Products", stock_uom="Nos", **values
	)
	doc.append("item_defaults", {"company": COMPANY, "default_warehouse": f"Stores - {ABBR}"})
	doc.insert()
	made["item"] = doc.name


def pricing(made: dict) -> None:
	make_item(made)
	price = frappe.new_doc(
		"Item Price", item_code=made["item"], price_list="Standard Selling", price_list_rate=9.99
	)
	price.insert()
	rule = frappe.new_doc("Pricing Rule", title=f"{made['kind']} rule", apply_on="Item Code", selling=1)
	rule.update({"company": COMPANY, "rate_or_discount": "Discount Percentage", "discount_percentage": 10})
	rule.update({"currency": "EUR", "price_or_product_discount": "Price"})
	rule.append("items", {"item_code": made["item"]})
	rule.insert()


def terms(made: dict) -> None:
	template = frappe.new_doc("Payment Terms Template", template_name=f"{made['kind']} halves")
	for days in (0, 30):
		term = frappe.new_doc(
			"Payment Term", payment_term_name=f"{made['kind']} in {days}", invoice_portion=50
		)
		term.update({"due_date_based_on": "Day(s) after invoice date", "credit_days": days})
		term.insert()
		row = {"payment_term": term.name, "invoice_portion": 50, "credit_days": days}
		template.append("terms", {**row, "due_date_based_on": "Day(s) after invoice date"})
	template.insert()
	made["terms"] = template.name


def party_with_address_and_contact(made: dict) -> None:
	for doctype, make, key in (
		("Customer", make_customer, "customer"),
		("Supplier", make_supplier, "supplier"),
	):
		name = make(made, key)
		link = {"link_doctype": doctype, "link_name": name}
		address = frappe.new_doc(
			"Address", address_title=name, address_type="Billing", address_line1="Main Street 1"
		)
		address.update({"city": "Trier", "country": "Germany", "is_primary_address": 1})
		address.append("links", link)
		address.insert()
		contact = frappe.new_doc("Contact", first_name=f"Bo {key}", is_primary_contact=1)
		contact.append("links", link)
		contact.append("email_ids", {"email_id": f"bo.{key}@example.com", "is_primary": 1})
		contact.append("phone_nos", {"phone": "+49 651 1234", "is_primary_phone": 1})
		contact.insert()
		party = frappe.get_doc(doctype, name)
		party.update({f"{key}_primary_address": address.name, f"{key}_primary_contact": contact.name})
		party.save()


def rename_and_merge_customers(made: dict) -> None:
	for key in ("one", "two", "three"):
		make_customer(made, key)


def rename_customer(made: dict) -> None:
	frappe.rename_doc("Customer", made["one"], f"{made['one']} renamed", show_alert=False)


def merge_customers(made: dict) -> None:
	frappe.rename_doc("Customer", made["two"], made["three"], merge=True, show_alert=False)


def price_list(made: dict) -> None:
	doc = frappe.new_doc("Price List", price_list_name=f"{made['kind']} list", selling=1, currency="EUR")
	doc.insert()
	made["list"] = doc.name
	make_item(made)
	frappe.new_doc("Item Price", item_code=made["item"], price_list=doc.name, price_list_rate=3).insert()


def rename_price_list(made: dict) -> None:
	frappe.rename_doc("Price List", made["list"], f"{made['list']} 2", show_alert=False)


def disable_item(made: dict) -> None:
	item = frappe.get_doc("Item", made["item"])
	item.disabled = 1
	item.save()


def till(made: dict) -> None:
	"""A POS Profile; its user is the one who works at the till."""
	item_and_parties(made)
	profile = frappe.new_doc("POS Profile", warehouse=f"Stores - {ABBR}", company=COMPANY, currency="EUR")
	profile.update({"customer": made["customer"], "write_off_account": f"Write Off - {ABBR}"})
	profile.update({"write_off_cost_center": f"Main - {ABBR}", "selling_price_list": "Standard Selling"})
	profile.update({"income_account": f"Sales - {ABBR}", "expense_account": f"Cost of Goods Sold - {ABBR}"})
	profile.append("payments", {"mode_of_payment": "Cash", "default": 1})
	profile.append("applicable_for_users", {"user": "cashier@example.com"})
	profile.insert(set_name=f"{made['kind']} till")
	made["profile"] = profile.name
