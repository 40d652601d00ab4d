"""What one consumer may see on this site: documents by role, user permission, owner and apps' hooks, as far as they match
the approved condition and the administrator's own filter; fields as `readable_fields` says. Nothing here raises for lack
of permission: what may not be read is not there."""

from collections.abc import Callable, Iterable

import frappe
from frappe import _
from frappe.permissions import has_controller_permissions

from event_streaming.document import lists
from event_streaming.document.moments import Clock
from event_streaming.document.names import possible_names
from event_streaming.document.singles import is_single
from event_streaming.document.snapshot import existing_names
from event_streaming.link.arguments import check_filters
from event_streaming.link.messages import text_of
from event_streaming.locks import is_not_the_documents_fault, undone_if_it_fails
from event_streaming.producer.readable_fields import ReadableFields
from event_streaming.producer.terms import Terms, read_terms

ASKED = 200  # documents that an app's hook is asked about at once


class Visibility:
	def __init__(self, consumer: str, as_asked: bool = False, time_zone: str = ""):
		"""
		:param consumer: name of the Event Consumer on whose behalf is read
		:param as_asked: as it would be if all that waits for an answer were approved; else what holds until then
		:param time_zone: the consumer's, on whose clock it is told moments; "" where it didn't say
		"""
		self.consumer = consumer
		asked = frappe.db.get_value("Event Consumer", consumer, "event_subscriber")
		self._terms = read_terms(consumer, as_asked)
		self.user = self._approved_user(asked)
		self._broken: dict[str, str] = {}
		self._filters: dict[str, list] = {}
		left_out = {name: terms.left_out for name, terms in self._terms.items()}
		self.fields = ReadableFields(self.user_of, left_out, Clock(time_zone))

	def _approved_user(self, asked: str) -> str:
		"""The subscriber, or the one before as long as no DocType was approved for the new one."""
		approved = {terms.subscriber or asked for terms in self._terms.values() if terms.approved}
		return asked if asked in approved or not approved else sorted(approved)[0]

	def user_of(self, doctype: str) -> str:
		"""In whose name documents of this DocType are read."""
		return self.terms(doctype).subscriber or self.user

	def terms(self, doctype: str) -> Terms:
		return self._terms.get(doctype) or Terms(doctype)

	@property
	def approved_doctypes(self) -> list[str]:
		return [doctype for doctype, terms in self._terms.items() if terms.approved]

	def visible_names(self, doctype: str, names: Iterable[str]) -> list[str]:
		"""Those of `names` that exist, that the subscriber may read and that nothing said to the consumer excludes."""
		names = possible_names(doctype, names)
		return self.find(doctype, [[doctype, "name", "in", names]], 0) if names else []

	def broken_filter(self, doctype: str) -> str:
		"""Why what was approved can't be asked of this DocType any more, as after a field was renamed; "" when it can. Until
		that is put right nothing of it is visible, and all else goes on."""
		if doctype not in self._broken:
			self._broken[doctype] = self._check_filter(doctype)
		return self._broken[doctype]

	def _check_filter(self, doctype: str) -> str:
		former = self.terms(doctype).subscriber
		if former and not frappe.db.get_value("User", former, "enabled"):
			return _("{0}, who was approved, is disabled, and another user waits for approval.").format(
				former
			)
		if self.terms(doctype).filters and is_single(doctype):
			return _("{0} has only one document, which no condition can choose.").format(_(doctype))
		try:
			self._filters[doctype] = check_filters(
				doctype, [list(row) for row in self.terms(doctype).filters]
			)
		except frappe.ValidationError as error:
			frappe.clear_last_message()
			return text_of(error)
		return ""

	def why_nothing_goes_out(self, doctype: str) -> str:
		"""As `broken_filter`, or what an app's code raises where it is asked which of the documents may be read."""
		if not self.broken_filter(doctype):
			self.hold_if_it_fails(doctype, lambda: self.find(doctype, [], 1))
		return self.broken_filter(doctype)

	def hold_if_it_fails(self, doctype: str, look: Callable[[], object]) -> None:
		"""From now on nothing of a DocType is visible of which an app lets nobody `look` at documents, as with a broken filter.
		Trouble of the database is raised."""
		try:
			undone_if_it_fails(look)
		except Exception as error:
			if is_not_the_documents_fault(error):
				raise
			frappe.clear_messages()
			frappe.log_error(title=_("Event Streaming: nothing of {0} can be given").format(_(doctype)))
			self._broken[doctype] = _(
				"An app fails where it is asked who may read it ({0}). See that site's Error Log."
			).format(type(error).__name__)

	def find(self, doctype: str, filters: list[list], limit: int) -> list[str]:
		"""Names, in order, of visible documents that match `filters`, at most `limit` (0 for all).

		:param filters: as `check_filters` returns them
		"""
		if self.broken_filter(doctype):
			return []
		filters = [*self._filters[doctype], *filters]
		if not self.asks_hooks(doctype):
			return self._list(doctype, filters, limit)
		return self._find_asking_hooks(doctype, filters, limit)

	def count(self, doctype: str) -> int:
		"""How many documents are visible; 0 where apps' hooks would have to be asked about each."""
		return (
			0
			if self.asks_hooks(doctype) or self.broken_filter(doctype)
			else len(self._list(doctype, self._filters[doctype], 0))
		)

	def linked_values(self, doctype: str, field: str, filters: list, rows: int) -> set[tuple[str, str]]:
		"""
		:param field: a fieldname, or `table.fieldname`
		:returns: (document, value) of at most so many visible rows that match `filters`
		"""
		if self.broken_filter(doctype):
			return set()
		filters = [*self._filters[doctype], *filters]
		try:
			found = lists.get_list(
				doctype,
				filters,
				fields=["name", f"{field} as linked"],
				limit=rows,
				order_by=None,
				user=self.user_of(doctype),
			)
		except frappe.PermissionError:
			frappe.clear_messages()
			return set()
		pairs = {(str(row.name), str(row.linked)) for row in found}
		if not self.asks_hooks(doctype):
			return pairs
		allowed = {name for name in {name for name, _value in pairs} if self._is_allowed(doctype, name)}
		return {pair for pair in pairs if pair[0] in allowed}

	def may_read(self, doctype: str) -> bool:
		"""Whether the subscriber may read any documents of this DocType, even if only its own or shared ones."""
		return bool(frappe.has_permission(doctype, "read", user=self.user_of(doctype)))

	def unreadable(self, doctypes: Iterable[str]) -> list[str]:
		"""Those of which the subscriber may read no document, or which are gone."""
		here = existing_names("DocType", doctypes)
		return sorted(doctype for doctype in doctypes if doctype not in here or not self.may_read(doctype))

	def asks_hooks(self, doctype: str) -> bool:
		"""Whether apps judge each document of this DocType by code of their own; lists of Frappe don't ask them."""
		hooks = frappe.get_hooks("has_permission") or {}
		return self.user_of(doctype) != "Administrator" and bool(hooks.get(doctype) or hooks.get("*"))

	def _find_asking_hooks(self, doctype: str, filters: list, limit: int) -> list[str]:
		found: list[str] = []
		names = self._list(doctype, filters, ASKED)
		while names and not (limit and len(found) >= limit):
			found += [name for name in names if self._is_allowed(doctype, name)]
			names = self._list(doctype, [*filters, lists.behind(doctype, names[-1])], ASKED)
		return found[:limit] if limit else found

	def _is_allowed(self, doctype: str, name: str) -> bool:
		try:
			return has_controller_permissions(
				frappe.get_doc(doctype, name), "read", user=self.user_of(doctype)
			)
		except (frappe.PermissionError, frappe.DoesNotExistError):
			frappe.clear_messages()
		except Exception as error:
			if is_not_the_documents_fault(error):
				raise
			frappe.log_error(
				title=_("Event Streaming: not given, since a permission hook failed"),
				reference_doctype=doctype,
				reference_name=name,
			)
		return False

	def _list(self, doctype: str, filters: list, limit: int) -> list[str]:
		options = {"pluck": "name", "limit": limit, "order_by": "name asc", "user": self.user_of(doctype)}
		try:
			names = lists.get_list(doctype, filters, **options)
		except frappe.PermissionError:
			frappe.clear_messages()
			return []
		return [str(name) for name in names]
