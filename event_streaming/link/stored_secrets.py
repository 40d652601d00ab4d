"""Passwords and secrets that this site keeps of its links. Frappe tells one that can't be decrypted, after a move without
the encryption key, from one that was never set only where it is asked to raise, and then not by the kind of error."""

import frappe
from frappe import _
from frappe.utils.password import get_decrypted_password

from event_streaming.exceptions import CredentialsRefused


def read(doctype: str, name: str, fieldname: str) -> str | None:
	"""
	:returns: None where there is none
	:raises CredentialsRefused: there is one, and this site can't decrypt it
	"""
	try:
		return get_decrypted_password(doctype, name, fieldname)
	except (frappe.ValidationError, ValueError) as error:
		if isinstance(error, frappe.ValidationError):
			frappe.clear_last_message()
		if not _is_there(doctype, name, fieldname):
			return None
		raise CredentialsRefused(
			_(
				"The secret of {0} cannot be decrypted: the encryption key of this site has changed. Put encryption_key of the old site config into this one, or use Rotate Key on the form."
			).format(name)
		) from error


def _is_there(doctype: str, name: str, fieldname: str) -> bool:
	auth = frappe.qb.Table("__Auth")
	query = frappe.qb.from_(auth).select(auth.name).where(auth.doctype == doctype).where(auth.name == name)
	return bool(query.where(auth.fieldname == fieldname).where(auth.encrypted == 1).limit(1).run())
