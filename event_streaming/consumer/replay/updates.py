"""Update events: the difference is applied as far as this site's own changes let it."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from event_streaming.consumer.dependencies.link_fields import Link
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.replay import both_sites, conflicts, history, lifecycle, passed_on
from event_streaming.consumer.replay.conflicts import Incoming
from event_streaming.consumer.replay.local_names import LocalNames
from event_streaming.consumer.replay.own_changes import Met
from event_streaming.consumer.replay.parts import Outcome, Parts
from event_streaming.consumer.replay.whole_writer import WholeWriter, carried_further
from event_streaming.consumer.subscription import Configuration
from event_streaming.consumer.sync_log import SYNCED
from event_streaming.document import snapshot
from event_streaming.exceptions import SubmittedTwice
from event_streaming.link.protocol import POSTED_AGAIN


class Updates:
	def __init__(self, parts: Parts, whole: WholeWriter, local_names: LocalNames):
		self.parts = parts
		self.whole = whole
		self.local_names = local_names
		self.names = parts.names
		self.both_sites = parts.both_sites

	def replay(self, event: Event, config: Configuration) -> Outcome:
		if merged := self.parts.stopped_by_merge(event.key):
			return merged
		local_name = self.names.local_name(event.key)
		if not local_name:
			return self._take_unknown(event, config)
		if self.parts.comes_after_gap(event):
			return self.whole.take_instead_of(event)
		incoming, deferred_links = self.incoming(event, config, local_name)
		if not any(incoming.diff.values()):
			return nothing_here(local_name)
		doc = frappe.get_doc(config.local_doctype, local_name)
		with passed_on.told_state(event, self.parts.subscription.producer, config.local_doctype, local_name):
			outcome = self._merge(event, config, doc, incoming)
		self.parts.links.deferred.remember(deferred_links, config.local_doctype, local_name)
		history.keep(config, local_name, event.written)
		return outcome

	def _take_unknown(self, event: Event, config: Configuration) -> Outcome:
		"""Of a document that isn't here: it never came, or was deleted here."""
		known_as = self.parts.recognition.known_as(event, config)
		if self.both_sites.was_deleted_here(event, config, known_as):
			lost = conflicts.deleted_here(event.data, event.data.get("was") or {})
			return Outcome(SYNCED, None, _("It was deleted here after that change."), lost)
		if not event.now:
			self.local_names.make_way(event.key, config)
			self.parts.adoption.check_name_free(event.key, config, event.identity)
		undone = self.both_sites.undone_deletion(event, config, known_as)  # asked before it is here again
		outcome = self.whole.take_instead_of(event)
		if outcome.status == SYNCED:
			outcome.conflicts += undone
		return outcome

	def _merge(self, event: Event, config: Configuration, doc: Document, incoming: Incoming) -> Outcome:
		local_name, rule = str(doc.name), self.parts.subscription.rule(config)
		if self.parts.effects.was_done_here(event, config.local_doctype, local_name):
			return self._settle_effect(event, doc, incoming)
		met = self.both_sites.met(event, config, local_name)
		judgement = self.both_sites.judge(event, rule, doc, incoming, met)
		if judgement == both_sites.REFUSE:
			lost = conflicts.refuse(doc, incoming, rule)
			if met and not met.is_double:
				passed_on.note_lost(config.local_doctype, local_name, doc.docstatus)
			return Outcome(SYNCED, local_name, carried_further(), lost)
		if judgement == both_sites.TWICE:
			return self._settle_twice(event, config, doc, met)
		if judgement == both_sites.REPLACE:
			return self.whole.take(event.key, own=both_sites.LOSE)
		found = conflicts.resolve(doc, incoming, rule, met)
		with passed_on.told_in_order(config.local_doctype, local_name, found.orders):
			if any(found.diff.values()):
				change = lifecycle.post_again if event.data.get(POSTED_AGAIN) else lifecycle.change
				change(doc, found.diff, direct=bool(cint(event.data.get("direct"))), given=found.given)
			if met and not met.is_double:
				passed_on.note_same(config.local_doctype, local_name, found.same, doc.docstatus)
				if found.conflicts and not any(found.diff.values()):
					passed_on.note_lost(config.local_doctype, local_name, doc.docstatus)
		message = _("Changed on both sites at once.") if found.conflicts else ""
		return Outcome(SYNCED, local_name, message, found.conflicts)

	def _settle_twice(self, event: Event, config: Configuration, doc: Document, met: Met | None) -> Outcome:
		"""Both sites submitted it. It is looked at as it is there now: the values that were submitted may have come before, with
		the draft, and somebody may have decided meanwhile.

		:raises SubmittedTwice: it differs
		"""
		doctype, name = config.local_doctype, str(doc.name)
		found = self.parts.fetched.get(event.present_key, fresh=True)
		if not found:
			return self.whole.take_instead_of(event)
		values, _links = self.parts.converter.document(
			event.key, found["doc"], config, self.parts.links.of(config)
		)
		here = snapshot.read(doctype, name)
		if lifecycle.is_further(values, here):
			return self.whole.take(event.present_key, own=both_sites.LOSE)
		if lost := both_sites.submitted_twice(doctype, here, values, met.unknown if met else []):
			raise SubmittedTwice(both_sites.twice_message(doctype, name), lost)
		passed_on.note_lost(doctype, name, doc.docstatus)
		return Outcome(SYNCED, name, _("Both sites submitted it, with the same values."))

	def _settle_effect(self, event: Event, doc: Document, incoming: Incoming) -> Outcome:
		"""Of a change that this site's own controllers have made already."""
		state = cint(incoming.diff.get("changed", {}).get("docstatus", event.docstatus or 0))
		if state < cint(doc.docstatus):
			return Outcome(SYNCED, str(doc.name), _("This site has already gone further."))
		is_direct = bool(cint(event.data.get("direct"))) or state == cint(doc.docstatus)
		lifecycle.change(doc, incoming.diff, direct=is_direct)
		return Outcome(SYNCED, str(doc.name))

	def incoming(self, event: Event, config: Configuration, local_name: str) -> tuple[Incoming, list[Link]]:
		"""The change in this site's DocTypes, fields and names; and its links that close circles, which are left empty."""

		def past(part: dict) -> dict:
			return (
				self.parts.converter.difference(
					event.key, part, config, local_name, self.parts.known_link, past=True
				)[0]
				if part
				else {}
			)

		diff, deferred_links = self.parts.converter.difference(
			event.key, event.data, config, local_name, self.parts.links.of(config)
		)
		if not any(diff.values()):
			return Incoming(diff), deferred_links
		removed = past({"added": event.removed_rows} if event.removed_rows else {}).get("added") or {}
		ordered_at = {} if config.mapping else event.ordered_at
		return Incoming(diff, past(event.data.get("was") or {}), removed, ordered_at), deferred_links


def nothing_here(local_name: str) -> Outcome:
	return Outcome(SYNCED, local_name, _("Nothing in this change concerns this site."))
