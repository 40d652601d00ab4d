"""Secrets: passwords of users as hashes, values of Password fields encrypted with the site's key."""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from passlib.context import CryptContext

import frappe
from frappe import _
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)

passlibctx = CryptContext(schemes=["pbkdf2_sha256"])


def get_decrypted_password(
	doctype: str, name: str, fieldname: str = "password", raise_exception: bool = True
) -> str | None:
	row = frappe.db.sql(
		'SELECT password FROM "__Auth" WHERE doctype = %s AND name = %s AND fieldname = %s AND encrypted = 1',
		(doctype, name, fieldname),
	)
	if row and row[0][0]:
		try:
			return decrypt(row[0][0], key=f"{doctype}.{name}.{fieldname}")
		except frappe.ValidationError:
			if raise_exception:
				raise
			return None
	if raise_exception:
		frappe.throw(_("Password not found for {0} {1} {2}").format(doctype, name, fieldname))
	return None


def set_encrypted_password(doctype: str, name: str, pwd: str, fieldname: str = "password") -> None:
	_write(doctype, name, fieldname, encrypt(pwd), 1)


def update_password(
	user: str, pwd: str, doctype: str = "User", fieldname: str = "password", logout_all_sessions: bool = False
) -> None:
	_write(doctype, user, fieldname, passlibctx.hash(pwd), 0)
	if logout_all_sessions:
		from frappe.sessions import clear_sessions

		clear_sessions(user=user, keep_current=True, force=True)


def _write(doctype: str, name: str, fieldname: str, value: str, encrypted: int) -> None:
	frappe.db.sql(
		'REPLACE INTO "__Auth" (doctype, name, fieldname, password, encrypted) VALUES (%s, %s, %s, %s, %s)',
		(doctype, name, fieldname, value, encrypted),
	)


def check_password(
	user: str, pwd: str, doctype: str = "User", fieldname: str = "password", delete_tracker_cache: bool = True
) -> str:
	"""The user's name as it is written.

	:raises AuthenticationError: no such user, or another password
	"""
	row = frappe.db.sql(
		'SELECT name, password FROM "__Auth" WHERE doctype = %s AND name = %s AND fieldname = %s AND encrypted = 0',
		(doctype, user, fieldname),
	)
	if not row or not passlibctx.verify(pwd, row[0][1]):
		raise frappe.AuthenticationError(_("Incorrect User or Password"))
	return row[0][0]


def remove_encrypted_password(doctype: str, name: str, fieldname: str = "password") -> None:
	frappe.db.delete("__Auth", {"doctype": doctype, "name": name, "fieldname": fieldname})


def delete_all_passwords_for(doctype: str, name: str) -> None:
	frappe.db.delete("__Auth", {"doctype": doctype, "name": str(name)})


def rename_password(doctype: str, old_name: str, new_name: str) -> None:
	frappe.db.sql(
		'UPDATE "__Auth" SET name = %s WHERE doctype = %s AND name = %s', (new_name, doctype, old_name)
	)


def encrypt(txt: str, encryption_key: str | None = None) -> str:
	return _get_cipher(encryption_key).encrypt(txt.encode()).decode()


def decrypt(txt: str, encryption_key: str | None = None, key: str | None = None) -> str:
	try:
		return _get_cipher(encryption_key).decrypt(txt.encode()).decode()
	except InvalidToken:
		start = _("Failed to decrypt key {0}").format(key) + "<br><br>" if key else ""
		frappe.throw(start + _("Encryption key is invalid! Please check site_config.json"))


def _get_cipher(key: str | None) -> Any:
	try:
		return Fernet((key or get_encryption_key()).encode())
	except Exception:
		frappe.throw(_("Encryption key is in invalid format!"))


def get_encryption_key() -> str:
	conf = frappe.local.conf
	if "encryption_key" not in conf:
		from frappe.installer import update_site_config

		key = Fernet.generate_key().decode()
		update_site_config("encryption_key", key)
		conf.encryption_key = key
	return conf.encryption_key
