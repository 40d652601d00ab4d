"""How a page is shared out among lanes, and what a lane does not take."""

from itertools import count
from types import SimpleNamespace
from unittest.mock import patch

import frappe

from event_streaming.consumer.dependencies.link_fields import LinkFinder
from event_streaming.consumer.dependencies.relations import Relations, group
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.feed.pages import Page, Place
from event_streaming.consumer.pull import lane_pool
from event_streaming.consumer.pull.lane_worker import NotForLane, NothingFetched
from event_streaming.consumer.pull.partitioning import deal, stretches
from event_streaming.consumer.pull.work import Sizes
from event_streaming.consumer.subscription import Configuration
from event_streaming.tests.case import IntegrationTestCase

_positions = count(1)


def create_test_event(doctype: str, name: str, update_type: str = "Update", **data) -> Event:
	position = next(_positions)
	if update_type == "Update":
		data = {"changed": data}
	return Event(position, position, f"key {position}", update_type, doctype, name, data)


def lanes_of(number: int, batch: int) -> lane_pool.Lanes:
	return lane_pool.Lanes(number, Sizes(batch=batch))


class Subscription:
	"""Every DocType under its own name, but for those that are told."""

	value_maps = ()

	def __init__(self, **configurations):
		self.configurations = {
			doctype: Configuration(doctype, doctype, **values) for doctype, values in configurations.items()
		}

	def configuration(self, doctype: str) -> Configuration:
		return self.configurations.setdefault(doctype, Configuration(doctype, doctype))

	def local_doctype(self, doctype: str) -> str:
		return doctype

	remote_doctype = local_doctype


def groups_of(events: list[Event], **configurations) -> list[set[str]]:
	"""Names of the documents in each group; none of them is here yet."""
	subscription = Subscription(**configurations)
	names = SimpleNamespace(load=lambda keys: None, local_name=lambda key: None)
	pairs = Relations(subscription, LinkFinder(subscription), names).between(events)
	return [{event.name for event in some} for some in group(events, pairs)]


class TestGroups(IntegrationTestCase):
	def test_the_events_of_a_document_are_one_group_in_their_order(self):
		events = [create_test_event("ToDo", name) for name in "abacb"]
		found = group(events, [])
		self.assertEqual([[event.name for event in some] for some in found], [["a", "a"], ["b", "b"], ["c"]])
		for some in found:
			self.assertEqual(some, sorted(some, key=lambda event: event.position))

	def test_documents_without_links_are_groups_of_their_own(self):
		self.assertEqual(
			groups_of([create_test_event("Note", name) for name in "abc"]), [{"a"}, {"b"}, {"c"}]
		)

	def test_a_document_is_grouped_with_what_its_links_name_on_the_page(self):
		events = [
			create_test_event("User", "ada", "Create"),
			create_test_event("User", "bob", "Create"),
			create_test_event("ToDo", "1", "Create", allocated_to="ada"),
			create_test_event("ToDo", "2", "Create", allocated_to="somebody else"),
			create_test_event("ToDo", "3", allocated_to="bob"),
		]
		self.assertEqual(groups_of(events), [{"ada", "1"}, {"bob", "3"}, {"2"}])

	def test_a_dynamic_link_counts_like_any_other(self):
		linked = {"reference_type": "Note", "reference_name": "a"}
		events = [create_test_event("Note", "a"), create_test_event("ToDo", "1", "Create", **linked)]
		self.assertEqual(groups_of(events), [{"a", "1"}])

	def test_what_a_link_was_before_counts_too(self):
		event = create_test_event("ToDo", "1", allocated_to="bob")
		event.data["was"] = {"changed": {"allocated_to": "ada"}}
		events = [create_test_event("User", "ada"), event, create_test_event("User", "bob")]
		self.assertEqual(groups_of(events), [{"ada", "1", "bob"}])

	def test_links_that_only_the_documents_here_have_count_too(self):
		todo = frappe.get_doc(doctype="ToDo", description="Call", allocated_to="Administrator").insert()
		events = [
			create_test_event("User", "Administrator"),
			create_test_event("User", "Guest"),
			create_test_event("ToDo", todo.name, status="Closed"),
		]
		subscription = Subscription()
		names = SimpleNamespace(load=lambda keys: None, local_name=lambda key: key[1])
		pairs = Relations(subscription, LinkFinder(subscription), names).between(events)
		self.assertEqual(
			[{event.name for event in some} for some in group(events, pairs)],
			[{"Administrator", todo.name}, {"Guest"}],
		)

	def test_a_doctype_with_this_sites_own_names_is_one_group(self):
		events = [
			create_test_event("ToDo", "1"),
			create_test_event("Note", "a"),
			create_test_event("ToDo", "2"),
		]
		self.assertEqual(groups_of(events, ToDo={"use_same_name": False}), [{"1", "2"}, {"a"}])

	def test_a_mapped_doctype_is_one_group(self):
		events = [
			create_test_event("ToDo", "1"),
			create_test_event("Note", "a"),
			create_test_event("ToDo", "2"),
		]
		self.assertEqual(groups_of(events, ToDo={"mapping": "Tasks"}), [{"1", "2"}, {"a"}])

	def test_a_tree_is_one_group(self):
		events = [
			create_test_event("ToDo", "1"),
			create_test_event("Note", "a"),
			create_test_event("ToDo", "2"),
		]
		meta = frappe.get_meta("ToDo")
		with (
			patch.object(meta, "is_tree", 1, create=True),
			patch.object(frappe, "get_meta", return_value=meta),
		):
			self.assertEqual(groups_of(events[::2]), [{"1", "2"}])


class TestStretches(IntegrationTestCase):
	def test_deletes_and_renames_part_a_page(self):
		events = [create_test_event("ToDo", name) for name in "ab"]
		events += [create_test_event("ToDo", "a", "Delete"), create_test_event("ToDo", "b", "Rename")]
		events += [create_test_event("ToDo", name, "Create") for name in "cd"]
		found = stretches(events, least=2)
		self.assertEqual([stretch.plain for stretch in found], [True, False, True])
		self.assertEqual([stretch.events for stretch in found], [events[:2], events[2:4], events[4:]])

	def test_a_stretch_that_is_too_short_is_left_to_one_process(self):
		events = [create_test_event("ToDo", "a"), create_test_event("ToDo", "a", "Delete")]
		events += [create_test_event("ToDo", name) for name in "bcd"]
		found = stretches(events, least=3)
		self.assertEqual([(stretch.plain, len(stretch.events)) for stretch in found], [(False, 2), (True, 3)])
		[one] = stretches(events, least=4)
		self.assertEqual((one.plain, one.events), (False, events))

	def test_the_pieces_of_a_page_end_where_the_page_ends(self):
		events = [create_test_event("ToDo", str(number)) for number in range(60)]
		events.insert(55, create_test_event("ToDo", "1", "Delete"))
		page = Page(events, Place(10**6, "last"), more=True, head=0, passed=61, behind=0)
		with patch.object(lane_pool.Lanes, "_are_ready", return_value=True):
			pieces = [(len(some), place, lanes_may) for some, place, lanes_may in lanes_of(2, 4).pieces(page)]
		self.assertEqual(
			[(size, lanes_may) for size, _place, lanes_may in pieces], [(55, True), (4, False), (2, False)]
		)
		self.assertEqual(pieces[0][1], Place(events[54].position, events[54].event_key))
		self.assertEqual(pieces[-1][1], page.end)

	def test_a_page_is_cut_small_until_the_lanes_are_ready(self):
		events = [create_test_event("ToDo", str(number)) for number in range(70)]
		page = Page(events, Place(10**6, "last"), more=True, head=0, passed=70, behind=0)
		with patch.object(lane_pool.Lanes, "_are_ready", side_effect=[False, False, True]):
			pieces = list(lanes_of(2, 5).pieces(page))
		self.assertEqual(
			[(len(some), may) for some, _place, may in pieces], [(5, False), (5, False), (60, True)]
		)
		self.assertEqual([event for some, _place, _may in pieces for event in some], events)
		self.assertEqual(pieces[1][1], Place(events[9].position, events[9].event_key))
		self.assertEqual(pieces[-1][1], page.end)
		with patch.object(lane_pool.Lanes, "_are_ready", return_value=False):
			alone = list(lanes_of(2, 30).pieces(page))
		self.assertEqual(
			[(len(some), may) for some, _place, may in alone], [(30, False), (30, False), (10, False)]
		)
		self.assertEqual(alone[-1][1], page.end)

	def test_one_lane_is_the_puller_alone(self):
		page = Page([], Place(1, ""), more=True, head=0, passed=0, behind=0)
		page.events = [create_test_event("ToDo", str(number)) for number in range(400)]
		self.assertFalse(any(lanes_may for _some, _place, lanes_may in lanes_of(1, 100).pieces(page)))


class TestShares(IntegrationTestCase):
	def test_lanes_get_about_as_much_neighbours_together_and_nothing_twice(self):
		groups = [
			[create_test_event("ToDo", str(number)) for _ in range(number % 3 + 1)] for number in range(50)
		]
		shares = deal(groups, 4)
		dealt = [event.position for share in shares for _number, event in share]
		self.assertEqual(dealt, sorted(event.position for some in groups for event in some))
		self.assertTrue(all(20 <= len(share) <= 30 for share in shares), [len(share) for share in shares])

	def test_no_group_is_in_two_lanes_and_each_keeps_the_order_of_the_log(self):
		groups = [[], [], []]
		for number in range(30):
			groups[number % 3].append(create_test_event("ToDo", str(number % 3)))
		shares = deal(groups, 2)
		lanes_of = [{number for number, _event in share} for share in shares]
		self.assertFalse(lanes_of[0] & lanes_of[1])
		for share in shares:
			positions = [event.position for _number, event in share]
			self.assertEqual(positions, sorted(positions))

	def test_nothing_is_dealt_where_one_group_is_most_of_it(self):
		large = [create_test_event("ToDo", "one") for _ in range(80)]
		groups = [large, *([create_test_event("ToDo", str(number))] for number in range(20))]
		self.assertEqual(deal(groups, 2), [])
		self.assertEqual(deal([], 2), [])


class TestWhatALaneLeaves(IntegrationTestCase):
	def test_it_asks_the_producer_for_nothing(self):
		fetched = NothingFetched()
		fetched.fetch([("ToDo", "1")])
		with self.assertRaises(NotForLane):
			fetched.get(("ToDo", "1"))
		with self.assertRaises(NotForLane):
			fetched.source.find_documents("ToDo", {}, 2)


class TestLanesOfAProducer(IntegrationTestCase):
	def number(self, lanes_there: int | None, db_type: str) -> int:
		with (
			patch.object(frappe.db, "get_value", return_value=lanes_there),
			patch.object(frappe.db, "db_type", db_type),
		):
			return lane_pool.Lanes.of("https://there.example").number

	def test_they_are_as_many_as_the_event_producer_says(self):
		self.assertEqual([self.number(there, "mariadb") for there in (None, 0, 1, 3, 99)], [1, 1, 1, 3, 8])

	def test_sqlite_has_none(self):
		self.assertEqual(self.number(4, "sqlite"), 1)
