"""Sabotages: what holds the invariants up, taken away one by one. A guarantee that no sabotage breaks is not tested.

`python -m support.simulation --mutants` says for each after how many histories it was caught.
"""

from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from typing import Any
from unittest.mock import patch

Sabotage = Callable[[ExitStack], None]
MUTANTS: dict[str, Sabotage] = {}


def mutant(function: Sabotage) -> Sabotage:
	MUTANTS[function.__name__.replace("_", " ")] = function
	return function


def _replace(stack: ExitStack, owner: Any, name: str, by: Any) -> Any:
	"""What was there before."""
	before = getattr(owner, name)
	stack.enter_context(patch.object(owner, name, by))
	return before


# --- one puller, one transaction ---------------------------------------------------------------------------------------


@mutant
def acknowledge_early(stack: ExitStack) -> None:
	"""The cursor moves, and is committed, before the events are replayed."""
	import frappe

	from event_streaming.consumer import cursor
	from event_streaming.consumer.pull import pull

	def early(work, at, events, place, trouble=None):
		to = place or pull.place_of(events[-1])
		cursor.hold(work.subscription.producer, at)
		cursor.move(work.subscription.producer, to.position, to.event_key)
		frappe.db.commit()
		return before(work, at.moved_to(to.position, to.event_key), events, to, trouble)

	before = _replace(stack, pull, "replay_batch", early)


@mutant
def no_lock_and_no_look_at_the_cursor(stack: ExitStack) -> None:
	import frappe

	from event_streaming.consumer import cursor
	from event_streaming.consumer.pull import pull

	def unlocked(producer, at=None, wait=0.0):
		frappe.db.rollback()
		return cursor.read(producer)

	_replace(stack, pull, "hold", unlocked)


@mutant
def batch_without_savepoint(stack: ExitStack) -> None:
	from event_streaming.consumer.replay import attempts

	_replace(stack, attempts, "undone_on_error", nullcontext)


@mutant
def the_log_of_changes_has_a_transaction_of_its_own(stack: ExitStack) -> None:
	"""It is written after the commit of what it tells of."""
	import frappe

	from event_streaming.producer import capture

	def later(*args, **more):
		def write() -> None:
			before(*args, **more)
			frappe.db.commit()

		frappe.db.after_commit.add(write)

	before = _replace(stack, capture, "_insert", later)


# --- what is heard, and told ------------------------------------------------------------------------------------------


@mutant
def db_set_is_not_heard(stack: ExitStack) -> None:
	from event_streaming.producer import capture

	_replace(stack, capture, "_log_direct_change", lambda *_args: None)


@mutant
def removed_rows_are_not_told(stack: ExitStack) -> None:
	from event_streaming.producer import capture

	def silent(before, after):
		diff = told(before, after)
		diff.pop("removed", None)
		return diff

	told = _replace(stack, capture, "difference", silent)


@mutant
def renames_are_not_told(stack: ExitStack) -> None:
	from event_streaming.producer import capture

	_replace(stack, capture, "after_rename", lambda *_args, **_more: None)


@mutant
def deletions_are_not_told(stack: ExitStack) -> None:
	from event_streaming.producer import capture

	_replace(stack, capture, "after_delete", lambda *_args: None)


@mutant
def changes_go_back_to_where_they_came_from(stack: ExitStack) -> None:
	from event_streaming.producer.feed_page import FeedPage

	def with_all(self, consumer, visibility, rows):
		for row in rows:
			row.path = "[]"
		before(self, consumer, visibility, rows)

	before = _replace(stack, FeedPage, "__init__", with_all)


@mutant
def retention_waits_for_nobody(stack: ExitStack) -> None:
	from event_streaming.producer import retention

	_replace(stack, retention, "_live_positions", set)


# --- which document is meant -------------------------------------------------------------------------------------------


@mutant
def a_document_is_known_by_its_name(stack: ExitStack) -> None:
	from event_streaming.consumer.identity.identity_map import IdentityMap

	def by_name(self, entry):
		return bool(entry.local_name) and self.presence.exists(entry.local_doctype, entry.local_name)

	_replace(stack, IdentityMap, "_is_here", by_name)
	_replace(stack, IdentityMap, "_fits", lambda self, entry, identity: bool(entry))


@mutant
def the_register_does_not_follow_renames(stack: ExitStack) -> None:
	from event_streaming.consumer.identity import register

	_replace(stack, register, "follow_local_rename", lambda *_args, **_more: None)


@mutant
def a_deletion_takes_whatever_has_the_name(stack: ExitStack) -> None:
	from event_streaming.consumer.identity.identity_map import IdentityMap
	from event_streaming.consumer.replay.deletions import Deletions

	class ByName:
		def __init__(self, names):
			self._names = names

		def __getattr__(self, name):
			return getattr(self._names, name)

		def local_name(self, key):
			known = IdentityMap.local_name(self._names, key)
			return known or (key[1] if self._names.exists(key[0], key[1]) else None)

	def by_name(self, parts):
		before(self, parts)
		self.names = ByName(parts.names)

	before = _replace(stack, Deletions, "__init__", by_name)


@mutant
def links_mean_names(stack: ExitStack) -> None:
	from event_streaming.consumer.identity.identity_map import IdentityMap

	def by_name(self, key, by_name):
		return self.presence.spelling(self.local_doctype_of(key[0]), key[1])

	_replace(stack, IdentityMap, "link_value", by_name)


# --- both sites at once ------------------------------------------------------------------------------------------------


@mutant
def an_order_is_unconditional(stack: ExitStack) -> None:
	"""Rows that it doesn't name go."""
	from event_streaming.consumer.replay import child_rows

	def only_these(rows, order):
		return {name: rows[name] for name in dict.fromkeys(order) if name in rows}

	_replace(stack, child_rows, "_in_order", only_these)


@mutant
def conflicts_are_not_recorded(stack: ExitStack) -> None:
	from event_streaming.consumer.replay.batch import Batch

	def silent(self, event, outcome):
		outcome.conflicts = []
		return before(self, event, outcome)

	before = _replace(stack, Batch, "_settle", silent)


@mutant
def this_site_always_wins(stack: ExitStack) -> None:
	from event_streaming.consumer.replay import conflicts

	def ours(rule, met):
		return {unit for change in met.unknown for unit in change.units} if met else set()

	_replace(stack, conflicts, "_units_that_stay", ours)


@mutant
def the_producer_always_wins(stack: ExitStack) -> None:
	from event_streaming.consumer.replay import conflicts

	_replace(stack, conflicts, "_units_that_stay", lambda rule, met: set())


@mutant
def what_was_carried_further_is_changed(stack: ExitStack) -> None:
	from event_streaming.consumer.replay import both_sites

	_replace(stack, both_sites.BothSites, "judge", lambda self, *_args: both_sites.MERGE)


@mutant
def a_deletion_beats_a_later_change(stack: ExitStack) -> None:
	from event_streaming.consumer.replay.both_sites import BothSites

	_replace(stack, BothSites, "survives", lambda self, *_args: (False, []))


# --- what fails and what is missed ------------------------------------------------------------------------------------


@mutant
def later_events_pass_a_parked_document(stack: ExitStack) -> None:
	from event_streaming.consumer import parking

	_replace(stack, parking, "parked_keys", lambda producer: set())


@mutant
def nothing_is_tried_again(stack: ExitStack) -> None:
	from event_streaming.consumer.recovery import retry

	_replace(stack, retry, "retry_due", lambda *_args: 0)


@mutant
def no_previous(stack: ExitStack) -> None:
	"""Nobody looks whether a change of the document was missed."""
	from event_streaming.consumer.replay.parts import Parts

	_replace(stack, Parts, "comes_after_gap", lambda self, event: False)


@mutant
def what_a_whole_document_contains_is_replayed_again(stack: ExitStack) -> None:
	from event_streaming.consumer.identity.identity_map import IdentityMap

	_replace(stack, IdentityMap, "log_id", lambda self, key: 0)
