import json

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr

from event_streaming import roles
from event_streaming.consumer import parking
from event_streaming.consumer.mapping import value_maps
from event_streaming.consumer.mapping.value_maps import ALL_LINKS, BECOMES_DEFAULT
from event_streaming.consumer.pull.schedule import QUEUE
from event_streaming.consumer.recovery import mapped_documents
from event_streaming.document.field_paths import field_at
from event_streaming.document.field_types import LAYOUT_TYPES, SECRET_TYPES, TABLE_TYPES, cast
from event_streaming.exceptions import MappingError
from event_streaming.link import arguments
from event_streaming.link.messages import told_to_caller

JOB_SECONDS = 60 * 60
NO_VALUES = LAYOUT_TYPES | SECRET_TYPES | TABLE_TYPES


class ValueMap(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from event_streaming.event_streaming.doctype.value_map_row.value_map_row import ValueMapRow

		applies_to: DF.Literal["All Links To", "One Field"]
		default_value: DF.Data | None
		event_producer: DF.Link | None
		fieldname: DF.Data | None
		map_name: DF.Data
		ref_doctype: DF.Link
		replaced_values: DF.LongText | None
		values: DF.Table[ValueMapRow]
		without_row: DF.Literal["Fails", "Is Taken as It Is", "Becomes the Default"]
	# end: auto-generated types

	def validate(self) -> None:
		self._check_place()
		self._check_alone()
		self._check_values()
		self._remember_replaced()

	def on_update(self) -> None:
		known = [row.remote_value for row in self.get("values")]
		if known:
			frappe.db.delete(value_maps.UNMAPPED, {"value_map": self.name, "remote_value": ("in", known)})
		parking.try_again(self.event_producer or None)

	def on_trash(self) -> None:
		frappe.db.delete(value_maps.UNMAPPED, {"value_map": self.name})

	def after_rename(self, old: str, new: str, merge: bool = False) -> None:
		frappe.db.delete(value_maps.UNMAPPED, {"value_map": ("in", (old, new))})

	def _check_place(self) -> None:
		if self.applies_to == ALL_LINKS:
			self.fieldname = None
			return
		path = cstr(self.fieldname).strip()
		field = field_at(self.ref_doctype, path)
		if not field or field.fieldtype in NO_VALUES:
			frappe.throw(
				_(
					"{0} has no field {1} with values of its own. Fill in fieldname, or table.fieldname."
				).format(self.ref_doctype, self.fieldname or _("without a name")),
				MappingError,
			)
		self.fieldname = path.removeprefix(".")

	def _check_alone(self) -> None:
		"""One map says what a value is; of two, nobody could tell which."""
		place = {
			"applies_to": self.applies_to,
			"ref_doctype": self.ref_doctype,
			"fieldname": self.fieldname or ("is", "not set"),
			"event_producer": self.event_producer or ("is", "not set"),
			"name": ("!=", self.name or ""),
		}
		if other := frappe.db.get_value("Value Map", place, "name"):
			frappe.throw(
				_("The Value Map {0} is for the same values. Add the rows there.").format(other), MappingError
			)

	def _check_values(self) -> None:
		if self.without_row != BECOMES_DEFAULT:
			self.default_value = None
		elif not self.default_value:
			frappe.throw(
				_("Fill in the Default, or choose what else a value without a row does."), MappingError
			)
		else:
			self._check_local(self.default_value, _("Default"))
		first: dict[str, int] = {}
		for row in self.get("values"):
			place = _("Row {0}").format(row.idx)
			if row.remote_value in first:
				frappe.throw(
					_("{0}: {1} is already in row {2}. Remove one of the two.").format(
						place, row.remote_value, first[row.remote_value]
					),
					MappingError,
				)
			first[row.remote_value] = row.idx
			self._check_local(row.local_value, place)

	def _check_local(self, value: str, place: str) -> None:
		"""A value here is one that the field can have."""
		field = None if self.applies_to == ALL_LINKS else field_at(self.ref_doctype, self.fieldname)
		target = self.ref_doctype if not field else field.options if field.fieldtype == "Link" else None
		if target and target != "DocType" and not frappe.db.exists(target, value):
			frappe.throw(_("{0}: there is no {1} {2} here.").format(place, _(target), value), MappingError)
		if field and not _can_have(field, value):
			frappe.throw(
				_("{0}: {1} is not a value of the field {2}.").format(place, value, self.fieldname),
				MappingError,
			)

	def _remember_replaced(self) -> None:
		"""Values here that the map gave before and gives no longer: documents may still hold them."""
		before = self.get_doc_before_save()
		old = {row.remote_value: row.local_value for row in before.get("values")} if before else {}
		new = {row.remote_value: row.local_value for row in self.get("values")}
		replaced = set(json.loads(self.replaced_values or "[]"))
		for value, local in old.items():
			if new.get(value) != local:
				replaced.add(local)
		added = new.keys() - old.keys()
		if (
			before
			and before.without_row == BECOMES_DEFAULT
			and (added or self.default_value != before.default_value)
		):
			replaced.add(before.default_value)
		if before and before.without_row == value_maps.STAYS:
			replaced |= {value for value in added if new[value] != value}
		self.replaced_values = json.dumps(sorted(filter(None, replaced))) if replaced else None


def _can_have(field, value: str) -> bool:
	try:
		cast(field.fieldtype, value)
	except ValueError:
		return False
	options = [option.strip() for option in (field.options or "").split("\n")]
	return field.fieldtype != "Select" or value in options


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist()
def state(name: str) -> dict:
	"""What the form shows beside the rows.

	:returns: `{"met": [value there], "touched": number of documents here that hold what the map gave before}`
	"""
	doc = _get(name, "read")
	met = frappe.get_all(
		value_maps.UNMAPPED,
		filters={"value_map": doc.name},
		pluck="remote_value",
		order_by="remote_value",
		limit=500,
	)
	return {"met": met, "touched": mapped_documents.count(doc)}


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist(methods=["POST"])
def apply_to_documents(name: str) -> None:
	"""Takes the documents that hold what the map gave before from their source again, in a job."""
	doc = _get(name, "write")
	frappe.enqueue(
		"event_streaming.consumer.recovery.mapped_documents.job",
		queue=QUEUE,
		timeout=JOB_SECONDS,
		job_id=f"event_streaming:value_map:{doc.name}",
		deduplicate=True,
		name=doc.name,
	)


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist()
def backwards(name: str) -> list[list[str]]:
	"""The rows as the other site needs them for what this one sends: [[value here, value there]].

	:raises MappingError: several values there become one here
	"""
	doc = _get(name, "read")
	rows, clashes = value_maps.backwards({row.remote_value: row.local_value for row in doc.get("values")})
	if clashes:
		local, remotes = next(iter(clashes.items()))
		with told_to_caller():
			frappe.throw(
				_(
					"This map can't be read backwards: {0} become {1}. {2} values here have several there."
				).format(", ".join(remotes), local, len(clashes)),
				MappingError,
			)
	return [[local, remote] for local, remote in rows.items()]


def _get(name: str, ptype: str) -> ValueMap:
	frappe.only_for(roles.MANAGERS if ptype == "write" else roles.USERS)
	doc = frappe.get_doc("Value Map", arguments.text(name, "name"))
	doc.check_permission(ptype)
	return doc
