"""What a person has to do after a site was taken over: rows of Event Takeover Note, each once."""

import hashlib

import frappe

DOCTYPE = "Event Takeover Note"
OPEN, DONE = "Open", "Done"
CONDITION, MAPPING, DOCUMENTS, LINK, KEY, FIELDS = (
	"Condition", "Mapping", "Documents", "Link", "API Key", "Other Fields",
)  # fmt: skip


def add(kind: str, link: str, subject: str, what_to_do: str, earlier: str = "") -> None:
	"""
	:param link: URL of the other site, "" where it concerns none
	:param subject: a DocType, a mapping, a user
	:param earlier: as it stood in the earlier app
	"""
	parts = "\n".join((kind, link, subject, earlier))
	name = hashlib.sha256(parts.encode()).hexdigest()[:20]
	if frappe.db.exists(DOCTYPE, name):
		return
	doc = frappe.new_doc(DOCTYPE)
	doc.update(
		{
			"kind": kind,
			"link": link,
			"subject": subject,
			"what_to_do": what_to_do,
			"earlier": earlier,
			"status": OPEN,
		}
	)
	# nosemgrep -- this app's own records; whoever asked was checked before
	doc.insert(ignore_permissions=True, set_name=name)
