"""Valid documents of the shop with as little said as possible. Runs inside the site.

What a document needs is made along with it, unless a value says otherwise.
"""

from functools import partial
from itertools import count

import frappe

_numbers = count(1)


def create_test_document(doctype: str, **values):
	return new_test_document(doctype, **values).insert()


def new_test_document(doctype: str, **values):
	"""Not inserted yet."""
	defaults = globals()[f"_{frappe.scrub(doctype)}"](values)
	return frappe.get_doc({"doctype": doctype, **defaults, **values})


def unique(prefix: str) -> str:
	"""A name that no document of this run has, on any site."""
	return f"{prefix} {frappe.generate_hash(length=6)}-{next(_numbers)}"


create_test_shop_territory = partial(create_test_document, "Shop Territory")
create_test_shop_customer = partial(create_test_document, "Shop Customer")
create_test_shop_article = partial(create_test_document, "Shop Article")
create_test_shop_supplier = partial(create_test_document, "Shop Supplier")
create_test_shop_address = partial(create_test_document, "Shop Address")
create_test_shop_item = partial(create_test_document, "Shop Item")
create_test_shop_invoice = partial(create_test_document, "Shop Invoice")
create_test_shop_voucher = partial(create_test_document, "Shop Voucher")
create_test_shop_company = partial(create_test_document, "Shop Company")
create_test_shop_account = partial(create_test_document, "Shop Account")
create_test_shop_note = partial(create_test_document, "Shop Note")
create_test_shop_ticket = partial(create_test_document, "Shop Ticket")
create_test_shop_party = partial(create_test_document, "Shop Party")
create_test_shop_client = partial(create_test_document, "Shop Client")
create_test_shop_region = partial(create_test_document, "Shop Region")
create_test_shop_field_sampler = partial(create_test_document, "Shop Field Sampler")


def _shop_territory(values: dict) -> dict:
	return {"territory_name": unique("Territory")}


def _shop_customer(values: dict) -> dict:
	return {"customer_name": unique("Customer"), "contact_person": "Ada", "credit_limit": 1500.5}


def _shop_article(values: dict) -> dict:
	return {"article_code": unique("Article"), "selling_rate": 12.5}


def _shop_bill(values: dict) -> dict:
	return {"title": unique("Bill"), "amount": 100}


def _shop_supplier(values: dict) -> dict:
	return {"supplier_name": unique("Supplier")}


def _shop_address(values: dict) -> dict:
	return {"address_title": unique("Address"), "city": "Bremen"}


def _shop_item(values: dict) -> dict:
	return {
		"item_code": unique("ITEM"),
		"standard_rate": 10,
		"description": "<p>A thing &amp; its <b>text</b></p>",
	}


def _shop_invoice(values: dict) -> dict:
	defaults = {"posting_date": "2026-03-01", "posting_time": "09:30:00", "notes": "As agreed"}
	if "customer" not in values:
		defaults["customer"] = create_test_shop_customer().name
	if "items" not in values:
		defaults["items"] = [
			{"item": create_test_shop_item(standard_rate=10).name, "qty": 2, "warehouse": "Main"},
			{"item": create_test_shop_item(standard_rate=4.5).name, "qty": 1, "warehouse": "Main"},
		]
	return defaults


def _shop_company(values: dict) -> dict:
	return {"company_name": unique("Company")}


def _shop_account(values: dict) -> dict:
	return {"account_name": unique("Account")}


def _shop_voucher(values: dict) -> dict:
	return {
		"title": unique("Voucher"),
		"rate": 1.123456789,
		"lines": [{"account": "Sales", "amount": 80}, {"account": "Tax", "amount": 15.2}],
	}


def _shop_note(values: dict) -> dict:
	return {"title": unique("Note"), "content": "<p>Remember</p>", "priority": 1}


def _shop_ticket(values: dict) -> dict:
	return {"subject": unique("Ticket"), "opened_on": "2026-03-01"}


def _shop_party(values: dict) -> dict:
	return {
		"party_name": unique("Party"),
		"segment": "Medium",
		"mobile": "+49 421 1234",
		"city": "Bremen",
		"turnover": 12.5,
	}


def _shop_client(values: dict) -> dict:
	return {"client_name": unique("Client")}


def _shop_region(values: dict) -> dict:
	return {"region_name": unique("Region")}


def _shop_field_sampler(values: dict) -> dict:
	"""A value in each field, among them those that are easily spoilt on the way."""
	return {
		"title": unique("Sampler"),
		"autocomplete_field": "Green",
		"attach_field": "/files/absent.pdf",
		"attach_image_field": "/files/absent.png",
		"barcode_field": "<svg>4006381333931</svg>",
		"check_field": 1,
		"code_field": "def f(x):\n\treturn x < 2 and '\\n'",
		"color_field": "#29CD42",
		"currency_field": 1234567.891,
		"data_field": "Zoë – “quoted” 'single' %s 😀",
		"date_field": "2024-02-29",
		"datetime_field": "2026-03-29 02:30:15.123456",
		"duration_field": 93784,
		"link_doctype_field": "Shop Note",
		"dynamic_link_field": None,
		"float_field": 0.1,
		"geolocation_field": '{"type":"FeatureCollection","features":[]}',
		"html_editor_field": "<div><table><tr><td>1</td></tr></table></div>",
		"icon_field": "star",
		"int_field": -2147483647,
		"json_field": '{"b": [1, 2.5, null], "a": {"ü": true}}',
		"long_text_field": "line one\nline two\n\n" + "x" * 70000,
		"markdown_field": "# Title\n\n* one\n* two",
		"password_field": "secret-of-this-site",
		"percent_field": 33.333,
		"phone_field": "+49-42112345",
		"read_only_field": "read only",
		"rating_field": 0.8,
		"select_field": "Two",
		"signature_field": "data:image/png;base64,iVBORw0KGgo=",
		"small_text_field": "small\ntext",
		"text_field": "text\n\twith a tab",
		"text_editor_field": '<div class="ql-editor read-mode"><p>Hello <strong>there</strong></p></div>',
		"time_field": "23:59:59.999999",
		"rows": [
			{
				"label": "first",
				"check_field": 1,
				"date_field": "2026-01-01",
				"datetime_field": "2026-01-01 00:00:00",
				"time_field": "00:00:01",
				"float_field": 2.5,
				"int_field": 0,
				"json_field": '{"one": [1]}',
				"text_field": "row text",
				"password_field": "secret-of-this-row",
			},
			{"label": "empty"},
		],
	}
