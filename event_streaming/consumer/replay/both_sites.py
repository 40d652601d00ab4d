"""What a producer's change, deletion or whole document may do to a document that people changed here, too.

- What was carried further here (submitted, cancelled) is not touched by an earlier state there.
- Where both sites submitted it with different values, a person decides, under every rule: what was posted can't be merged.
- A state that went further there takes the document along as it is there; what was changed here meanwhile is recorded.
- Of a deletion and a change made at once the later one stands.
- A whole document leaves alone what was changed here and not yet received there; that is given to the producer again.
- A producer that has missed changes of this site (it was set back to a backup, was unsubscribed) may not know of some that are no
  longer in this site's log. So whatever it replaces or deletes by then counts as changed here, unless it names the value as the
  one before its change: it is recorded, and where a person decides on conflicts, that waits for them.
"""

from collections.abc import Iterable
from contextlib import nullcontext
from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.utils import cint

from event_streaming import site
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.identity.identity_map import IdentityMap
from event_streaming.consumer.replay import conflicts, lifecycle, passed_on, pending
from event_streaming.consumer.replay.conflicts import Incoming
from event_streaming.consumer.replay.lost_values import HERE
from event_streaming.consumer.replay.own_changes import (
	NAME,
	Met,
	OwnChange,
	OwnChanges,
	Place,
	Unit,
)
from event_streaming.consumer.replay.worked_out import without_declared
from event_streaming.consumer.subscription import (
	LATEST_WINS,
	PARK,
	THIS_SITE_WINS,
	Configuration,
	Subscription,
)
from event_streaming.document import snapshot
from event_streaming.exceptions import ConflictFound, SubmittedTwice
from event_streaming.link.protocol import Identity, Key
from event_streaming.producer import capture

if TYPE_CHECKING:
	from frappe.model.document import Document

MERGE, REFUSE, REPLACE, TWICE = "merge", "refuse", "replace", "twice"
# what a whole document does to changes made here that its source doesn't know of
KEEP, LOSE, REPLACE_THEM, TAKE_BACK = "keep", "lose", "replace", "take back"
SETTLE = "settle"  # as KEEP, and what controllers made of it here is set without them
STATE: Unit = (None, None, "docstatus")


class BothSites:
	"""For one producer and one transaction."""

	def __init__(self, subscription: Subscription, names: IdentityMap):
		self.subscription = subscription
		self.names = names
		self.own = OwnChanges(subscription)

	def prepare(self, events: Iterable[tuple[Event, Configuration, str | None]]) -> None:
		"""Reads at once what these events may meet.

		:param events: each with the name of its document here
		"""
		self.own.load(
			(event, self.place(event, config, name))
			for event, config, name in events
			if name and event.update_type in ("Update", "Delete", "Rename") and self._is_known(event, config)
		)

	def met(self, event: Event, config: Configuration, name: str) -> Met | None:
		"""What this site's log has against an event; None where changes made here don't reach the producer, or where an older
		one doesn't say when its changes were made."""
		if not self._is_known(event, config):
			return None
		return self.own.met_by(event, self.place(event, config, name))

	def place(self, event: Event, config: Configuration, name: str) -> Place:
		"""
		:param name: of the event's document here, even if it is gone by now
		"""
		return self._place(event.key, event.identity, config, name)

	def _place(self, key: Key, identity: Identity, config: Configuration, name: str) -> Place:
		entry, born = self.names.entry(key), identity.born
		if entry and entry.local_name == name and not entry.merged:
			creation = entry.local_creation
		elif born and born[0] == site.own_id():
			creation = born[1]
		else:
			creation = self.names.presence.creation(config.local_doctype, name)
		return Place(config.local_doctype, name, creation or None)

	def _is_known(self, event: Event, config: Configuration) -> bool:
		return bool(event.changed_at) and self.subscription.is_given(config)

	def judge(self, event: Event, rule: str, doc: "Document", incoming: Incoming, met: Met | None) -> str:
		"""What the states of the document here and there make of a change: MERGE, REFUSE, REPLACE, or TWICE where both sites
		submitted it.

		:raises ConflictFound: a person is to decide
		"""
		state = incoming.diff.get("changed", {}).get("docstatus", event.docstatus)
		if state is None:
			return MERGE
		if cint(state) < cint(doc.docstatus):
			return REFUSE
		if not met or "docstatus" not in incoming.diff.get("changed", {}):
			return MERGE
		if not any(change.update_type != "Rename" for change in met.unknown):
			return MERGE
		further = cint(state) > cint(doc.docstatus)
		if not further and not self._is_stated_here(event, met):
			return MERGE
		if not further and cint(state) == lifecycle.SUBMITTED:
			return TWICE
		if rule == PARK:
			raise ConflictFound(_state_message(doc))
		return REFUSE if not further and self._stays(rule, met) else REPLACE

	def _is_stated_here(self, event: Event, met: Met) -> bool:
		"""Whether this site, or one before it, brought the document into the same state by itself."""
		stamps = {change.state_stamp for change in met.unknown if STATE in change.units}
		return bool(stamps) and passed_on.state_stamp(event, self.subscription.producer) not in stamps

	def _stays(self, rule: str, met: Met) -> bool:
		"""Of two sites that both cancelled it, whether this one's document stands."""
		if rule == LATEST_WINS:
			return any(STATE in change.units for change in met.later)
		return rule == THIS_SITE_WINS

	def was_deleted_here(self, event: Event, config: Configuration, name: str | None) -> bool:
		"""Whether the document of a change was deleted here, later than that, and no further than it is there."""
		met = self.met(event, config, name) if name else None
		return bool(met) and any(_is_deletion(change, event.docstatus) for change in met.later)

	def was_whole_deleted_here(self, key: Key, found: dict, config: Configuration, name: str | None) -> bool:
		"""The same of a whole document, which the producer gives since it doesn't know of the deletion yet.

		:param found: as `FetchedDocuments.get` returns it
		"""
		if not name or found.get("known") is None or not self.subscription.is_given(config):
			return False
		stamp = (found.get("changed_at") or "", found.get("origin") or self.subscription.producer)
		met = self.own.met(self._place(key, found["identity"], config, name), stamp, found["known"])
		return any(
			change.id > met.known and _is_deletion(change, found["doc"].get("docstatus"))
			for change in met.later
		)

	def undone_deletion(self, event: Event, config: Configuration, name: str | None) -> list[dict]:
		"""That the document was deleted here, when the producer changed it without knowing that, and so comes again."""
		met = self.met(event, config, name) if name else None
		deleted = bool(met) and any(change.update_type == "Delete" for change in met.unknown)
		if met and not deleted and not self.subscription.has_heard_all(config, event.known):
			born = event.identity.born
			deleted = bool(born) and born[0] == site.own_id()  # else it would be here
		return conflicts.deletion_lost(name) if deleted else []

	def survives(self, event: Event, config: Configuration, name: str) -> tuple[bool, list[dict]]:
		"""Whether a document stays here although it was deleted there, and the conflicts of that.

		:raises ConflictFound: a person is to decide
		"""
		here = snapshot.read(config.local_doctype, name)
		further = event.docstatus is not None and cint(here["docstatus"]) > event.docstatus
		met = self.met(event, config, name)
		later = bool(met and met.later)
		lost, waits = [], False
		if met:
			heard_all = self.subscription.has_heard_all(config, event.known)
			lost = conflicts.deleted_there(config.local_doctype, here, _units(met) if heard_all else None)
			waits = bool(lost) and (heard_all or self._was_changed_here(config.local_doctype, name))
		if self.subscription.rule(config) == PARK and (further or later or waits):
			raise ConflictFound(
				_(
					"{0} {1} was deleted there and changed here. Skip keeps it; to let it go, delete it here."
				).format(_(config.local_doctype), name)
			)
		if further or later:
			return True, conflicts.kept_against_deletion(name)
		return False, lost

	def keeps_name(self, event: Event, config: Configuration, name: str) -> tuple[bool, list[dict]]:
		"""Whether a document that was renamed here keeps its name although it was renamed there; and the conflict.

		:raises ConflictFound: a person is to decide
		"""
		rule, met = self.subscription.rule(config), self.met(event, config, name)
		there = event.data["new_name"]
		in_log = bool(met) and _is_renamed(met)
		heard_all = bool(met) and self.subscription.has_heard_all(config, event.known)
		if not (in_log or (not heard_all and name != event.name)) or name == there:
			return False, []
		if rule == PARK:
			raise ConflictFound(
				_(
					"{0} {1} was renamed on both sites, to {2} here and {3} there. Resync From Source takes the producer's name, Skip keeps this site's."
				).format(_(config.local_doctype), event.name, name, there)
			)
		stays = _renamed_later(met) if met and rule == LATEST_WINS else rule == THIS_SITE_WINS
		stays = stays and (in_log or not met)  # else nothing tells the producer the name here
		return stays, conflicts.renamed(event.name, name, there, stays)

	def unheard_rename(self, config: Configuration, found: dict, before: str, now: str) -> list[dict]:
		"""That a document lost the name that it had here, when it got that of there with the whole of it.

		:param found: as `FetchedDocuments.get` returns it
		"""
		if before == now or found.get("known") is None or not self.subscription.is_given(config):
			return []
		if self.subscription.has_heard_all(config, found["known"]):
			return []
		return conflicts.renamed("", before, now, stays=False)

	def become(
		self,
		config: Configuration,
		name: str,
		values: dict,
		found: dict,
		own: str,
		former: dict | None = None,
	) -> tuple[bool, list[dict]]:
		"""Makes a document here what it is there, as a whole, as far as it may.

		:param values: in this site's shape
		:param found: what the source told along with it
		:param own: what becomes of changes made here that the source doesn't know of: KEEP; LOSE, where both sites know that;
		        REPLACE_THEM, since a person says so; TAKE_BACK, even where the document was carried further here
		:param former: values there before the change that it is fetched for, in this site's shape
		:returns: whether it stays as it is, since it was carried further here; and values that lost, as conflicts
		:raises ConflictFound: a person is to decide
		"""
		doctype = config.local_doctype
		here = snapshot.read(doctype, name)
		if lifecycle.is_further(here, values) and own != TAKE_BACK:
			return True, conflicts.replaced(doctype, here, values, kept=HERE)
		unknown = self._unknown_to_source(config, name, found)
		keeps = own in (KEEP, SETTLE)
		heard_all = unknown is None or self.subscription.has_heard_all(config, found["known"])
		if own != TAKE_BACK and (twice := submitted_twice(doctype, here, values, unknown, heard_all)):
			if keeps:
				raise SubmittedTwice(twice_message(doctype, name), twice)
			return True, twice
		if keeps and unknown and not lifecycle.is_further(values, here):
			again, lost = pending.keep(doctype, here, values, unknown)
			lost += [] if heard_all else self._maybe_lost(config, name, here, values, former)
			self._become_but_keep(doctype, name, here, values, again)
			return False, lost
		lost = not keeps or bool(unknown) or (unknown is None and self._was_changed_here(doctype, name))
		replaced = conflicts.replaced(doctype, here, values) if lost else []
		if not lost and not heard_all:
			replaced = self._maybe_lost(config, name, here, values, former)
		# what a person decides here is a change of this site: else what it undoes would still go to the others
		decided = own in (REPLACE_THEM, TAKE_BACK) and unknown
		with passed_on.as_own_change() if decided else nullcontext():
			if own == TAKE_BACK:
				with capture.as_one_change(doctype, name):
					lifecycle.become(doctype, name, values, take_back=True)
			else:
				lifecycle.become(doctype, name, values, direct=own == SETTLE)
		return False, replaced

	def _become_but_keep(self, doctype: str, name: str, here: dict, values: dict, again: dict) -> None:
		lifecycle.become(doctype, name, values)
		if again:
			with passed_on.as_own_change():
				passed_on.write(doctype, name, {**again, "docstatus": cint(here["docstatus"])})

	def _maybe_lost(
		self, config: Configuration, name: str, here: dict, values: dict, former: dict | None
	) -> list[dict]:
		"""What a whole document replaces here of a producer that has missed changes of this site.

		:raises ConflictFound: a person is to decide
		"""
		doctype = config.local_doctype
		lost = conflicts.without_former(
			doctype, conflicts.replaced(doctype, here, values), here, former or {}
		)
		if lost and self.subscription.rule(config) == PARK and self._was_changed_here(doctype, name):
			raise ConflictFound(conflicts.message(lost))
		return lost

	def _unknown_to_source(self, config: Configuration, name: str, found: dict) -> list[OwnChange] | None:
		"""Changes made here that a whole document doesn't contain; None where this can't be told."""
		if found.get("known") is None or not self.subscription.is_given(config):
			return None
		stamp = (found.get("changed_at") or "", self.subscription.producer)
		creation = self.names.presence.creation(config.local_doctype, name)
		place = Place(config.local_doctype, name, creation or None)
		return self.own.met(place, stamp, found["known"], found.get("knows")).unknown

	def _was_changed_here(self, doctype: str, name: str) -> bool:
		"""Whether somebody else than the Event Subscriber wrote it last."""
		return frappe.db.get_value(doctype, name, "modified_by") != self.subscription.subscriber


def _is_deletion(change: OwnChange, docstatus: int | None) -> bool:
	"""
	:param docstatus: of the document there, which is no further than the one that was deleted
	"""
	return change.update_type == "Delete" and cint(docstatus) <= cint(change.data.get("docstatus"))


def submitted_twice(
	doctype: str, here: dict, values: dict, unknown: list[OwnChange] | None, heard_all: bool = True
) -> list[dict]:
	"""Where a document that both sites submitted, neither knowing that the other did, differs; nothing where it is another.

	:param values: the producer's, in this site's shape
	:param unknown: changes made here that the producer doesn't know of
	:param heard_all: whether these are all. Else what can't be changed once it is submitted tells that it was submitted twice
	"""
	is_submitted = cint(here["docstatus"]) == cint(values.get("docstatus")) == lifecycle.SUBMITTED
	if not is_submitted:
		return []
	is_stated_here = any(STATE in change.units for change in unknown or [])
	if not is_stated_here and heard_all:
		return []
	sent = without_declared({**values, "doctype": doctype})
	differs = conflicts.replaced(doctype, here, sent, kept=HERE)
	if is_stated_here or any(_is_posted(doctype, conflict) for conflict in differs):
		return differs
	return []


def _is_posted(doctype: str, conflict: dict) -> bool:
	"""Whether people can't change it once the document is submitted."""
	field = frappe.get_meta(doctype).get_field(conflict["field"])
	return bool(field) and not cint(field.allow_on_submit)


def twice_message(doctype: str, name: str) -> str:
	return _(
		"{0} {1} was submitted on both sites, with different values. Resync From Source, and Yes to cancelling it here, posts it here as it is there; Skip keeps this site's."
	).format(_(doctype), name)


def _is_renamed(met: Met) -> bool:
	return any(NAME in change.units for change in [*met.later, *met.unknown])


def _renamed_later(met: Met) -> bool:
	return any(NAME in change.units for change in met.later)


def _units(met: Met) -> set[Unit]:
	return {unit for change in met.unknown for unit in change.units}


def _state_message(doc: "Document") -> str:
	return _(
		"{0} {1} was submitted or cancelled on one site while the other changed it. Resync From Source takes the producer's document, Skip keeps this site's."
	).format(_(doc.doctype), doc.name)
