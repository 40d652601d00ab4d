"""A site as its owner leaves ERPNext's set-up wizard, with the users and settings that the tests work with."""

import frappe
from frappe.permissions import add_permission, update_permission_property
from frappe.utils import getdate, nowdate

from support import ops

COMPANY, ABBR, LOYALTY = "Corner Shop", "CS", "Points"
GIRO = f"Giro - {ABBR}"
LOCATION, ELSEWHERE = "Main Street", "Side Street"
STREAMER, CASHIER = "clerk@example.com", "cashier@example.com"
ROLES = [
	"Accounts Manager", "Accounts User", "Item Manager", "Maintenance Manager", "Maintenance User", "Manufacturing Manager",
	"Manufacturing User", "Projects User", "Purchase Manager", "Purchase Master Manager", "Purchase User", "Quality Manager",
	"Sales Manager", "Sales Master Manager", "Sales User", "Stock Manager", "Stock User",
]  # fmt: skip

CHOSEN = (  # where the versions choose otherwise, or nobody does by default
	("Stock Settings", "enable_serial_and_batch_no_for_item", 1),
	("POS Settings", "invoice_type", "POS Invoice"),
	("Stock Settings", "enable_stock_reservation", 1),
)

PERMITTED = (("Bank", "Accounts Manager"), ("Blanket Order", "Sales User"))  # else a System Manager's alone


def set_up() -> None:
	"""
	Commits, as the wizard does.
	"""
	from frappe.desk.page.setup_wizard.setup_wizard import setup_complete

	settings = frappe.get_single("System Settings")
	settings.update({"time_zone": "UTC", "language": "en", "country": "Germany"})
	settings.flags.ignore_mandatory = True
	settings.save()
	year = getdate(nowdate()).year
	setup_complete(
		{
			"language": "English",
			"country": "Germany",
			"timezone": "UTC",
			"currency": "EUR",
			"full_name": "Ada Owner",
			"email": "owner@example.com",
			"password": frappe.generate_hash(length=16),
			"company_name": COMPANY,
			"company_abbr": ABBR,
			"chart_of_accounts": "Standard",
			"fy_start_date": f"{year}-01-01",
			"fy_end_date": f"{year}-12-31",
			"setup_demo": 0,
		}
	)
	frappe.db.set_value(
		"Installed Application", {"app_name": ("in", ["frappe", "erpnext"])}, "is_setup_complete", 1
	)
	frappe.db.commit()  # the wizard committed too


def furnish() -> None:
	"""What the kinds of documents need beside what the wizard makes."""
	_make_account("Sales Tax", "Duties and Taxes", account_type="Tax", tax_rate=19)
	_make_account("Debtors USD", "Accounts Receivable", account_type="Receivable", account_currency="USD")
	_make_account("Giro", "Bank Accounts", account_type="Bank")
	_make_account("Unrealized Gains", "Indirect Expenses")
	of = "unrealized_exchange_gain_loss_account"
	frappe.db.set_value("Company", COMPANY, of, f"Unrealized Gains - {ABBR}")
	for years in (-1, 1):  # tests run in December, too, on days to come, and in January on days before
		_make_fiscal_year(getdate(nowdate()).year + years)
	for location in (LOCATION, ELSEWHERE):
		frappe.new_doc("Location", location_name=location).insert()
	_make_loyalty_program()
	_make_users()
	for doctype, role in PERMITTED:
		_permit(doctype, role)
	for doctype, field, value in CHOSEN:
		_choose(doctype, field, value)


def _choose(doctype: str, field: str, value) -> None:
	"""A setting that not each version has."""
	if frappe.get_meta(doctype).has_field(field):
		settings = frappe.get_single(doctype)
		settings.set(field, value)
		settings.save()


def _permit(doctype: str, role: str) -> None:
	"""As the Role Permissions Manager does."""
	add_permission(doctype, role)
	rights = ["write", "create", "delete"]
	if frappe.get_meta(doctype).is_submittable:
		rights += ["submit", "cancel", "amend"]
	for right in rights:
		update_permission_property(doctype, role, 0, right, 1)


def _make_account(name: str, parent: str, **values) -> None:
	account = frappe.new_doc(
		"Account", account_name=name, parent_account=f"{parent} - {ABBR}", company=COMPANY
	)
	account.update(values)
	account.insert()


def _make_fiscal_year(year: int) -> None:
	doc = frappe.new_doc("Fiscal Year", year=str(year), year_start_date=f"{year}-01-01")
	doc.year_end_date = f"{year}-12-31"
	doc.insert(ignore_if_duplicate=True)


def _make_loyalty_program() -> None:
	"""Only a System Manager may read one: it is set-up."""
	doc = frappe.new_doc("Loyalty Program", loyalty_program_name=LOYALTY, company=COMPANY)
	doc.update({"loyalty_program_type": "Single Tier Program", "from_date": "2020-01-01"})
	doc.update({"conversion_factor": 1, "expiry_duration": 365, "expense_account": f"Write Off - {ABBR}"})
	doc.cost_center = f"Main - {ABBR}"
	doc.append("collection_rules", {"tier_name": "Silver", "collection_factor": 5, "min_spent": 0})
	doc.insert()


def _make_users() -> None:
	ops.make_user(STREAMER, ROLES)
	ops.make_user(CASHIER, ROLES)
