"""What the tests over HTTP need of the site."""

import frappe
from frappe.utils.password import set_encrypted_password, update_password

from conformance import doctypes
from conformance.expecting import RECORD, ROW, TARGET, USER, VOUCHER

PASSWORD = "correct horse battery staple"


def prepare() -> dict:
	"""A user with a password and an API key. Returns both."""
	doctypes.prepare()
	user = frappe.get_doc("User", USER)
	user.set("roles", [{"role": doctypes.ROLE}])
	user.api_key = frappe.generate_hash(length=15)
	user.save()
	secret = frappe.generate_hash(length=15)
	set_encrypted_password("User", USER, secret, "api_secret")
	update_password(USER, PASSWORD)
	return {"user": USER, "password": PASSWORD, "token": f"{user.api_key}:{secret}"}


def clear() -> None:
	for doctype in (RECORD, ROW, TARGET, VOUCHER):
		frappe.db.delete(doctype)


def exists(doctype: str, name: str) -> bool:
	return bool(frappe.db.exists(doctype, name, cache=False))
