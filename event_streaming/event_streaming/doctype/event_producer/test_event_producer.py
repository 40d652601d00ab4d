from unittest.mock import patch

import frappe

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import link_state, pairing
from event_streaming.consumer.pull import lane_pool
from event_streaming.event_streaming.doctype.event_producer import event_producer
from event_streaming.exceptions import ConnectionFailed, NotStreamable, UrlNotAllowed
from event_streaming.tests.calling import LinkTestCase, create_test_subscriber

HERE = "https://here.example"
THERE = "https://there.example"


def create_test_event_producer(rows: list[dict] | None = None, **values) -> "event_producer.EventProducer":
	rows = [{"ref_doctype": "ToDo"}] if rows is None else rows
	return frappe.get_doc(
		{
			"doctype": "Event Producer",
			"producer_url": THERE,
			"event_subscriber": create_test_subscriber(),
			"producer_doctypes": [{"use_same_name": 1, **row} for row in rows],
			**values,
		}
	).insert()


def create_test_mapping(local_doctype: str, remote_doctype: str) -> str:
	mapping = frappe.get_doc(
		{
			"doctype": "Document Type Mapping",
			"mapping_name": f"Test {remote_doctype} to {local_doctype}",
			"local_doctype": local_doctype,
			"remote_doctype": remote_doctype,
			"field_mapping": [{"local_fieldname": "description", "remote_fieldname": "subject"}],
		}
	)
	return mapping.insert().name


class ProducerTestCase(LinkTestCase):
	def setUp(self):
		super().setUp()
		self.use(patch.dict(frappe.conf, {"host_name": HERE}))
		self.register = self.use(patch.object(pairing, "register", side_effect=self.answer_registration))
		self.update = self.use(patch.object(pairing, "update_subscription"))
		self.unregister = self.use(patch.object(pairing, "unregister"))

	def answer_registration(self, doc):
		doc.api_key, doc.api_secret = "key", "secret"
		if not frappe.db.exists("Event Stream Cursor", doc.producer_url):
			cursor = frappe.new_doc(
				"Event Stream Cursor", event_producer=doc.producer_url, state=cursors.WAITING
			)
			cursor.insert(ignore_permissions=True)

	def assert_refused(self, message: str, exception=frappe.ValidationError, **producer):
		with self.assertRaisesRegex(exception, message):
			create_test_event_producer(**producer)
		self.register.assert_not_called()


class TestValidation(ProducerTestCase):
	def test_the_name_is_the_normalized_url(self):
		producer = create_test_event_producer(producer_url="HTTPS://There.Example:443/app/home?x=1")
		self.assertEqual(producer.name, THERE)
		self.assertEqual(producer.producer_url, THERE)

	def test_this_sites_own_url_is_what_the_other_site_calls_back(self):
		self.assertEqual(create_test_event_producer().callback_url, HERE)

	def test_a_callback_url_that_is_given_is_kept(self):
		producer = create_test_event_producer(callback_url="https://Proxy.Example/")
		self.assertEqual(producer.callback_url, "https://proxy.example")

	def test_this_site_cannot_receive_from_itself(self):
		self.assert_refused("is this site", producer_url=HERE)
		self.assert_refused("is this site", producer_url=HERE, callback_url="https://alias.example")

	def test_an_address_that_is_no_url_is_refused(self):
		self.assert_refused("http:// or https://", UrlNotAllowed, producer_url="there.example")

	def test_guest_is_no_subscriber(self):
		self.assert_refused("Guest cannot be", event_subscriber="Guest")

	def test_lanes_are_one_to_eight_and_one_where_nothing_is_said(self):
		self.use(patch.object(lane_pool, "can_have_lanes", return_value=True))
		self.assert_refused("Parallel Lanes can be 1 to 8", lanes=9)
		producer = create_test_event_producer(lanes=0)
		self.assertEqual(producer.lanes, 1)
		producer.lanes = 8
		self.assertEqual(producer.save().lanes, 8)

	def test_a_database_with_one_writer_has_no_more_than_one_lane(self):
		self.use(patch.object(lane_pool, "can_have_lanes", return_value=False))
		self.assert_refused("one writer at a time", lanes=2)
		self.assertEqual(create_test_event_producer(lanes=1).lanes, 1)

	def test_what_is_missing_is_asked_for_before_the_other_site_is(self):
		self.assert_refused("", frappe.MandatoryError, rows=[])
		self.assert_refused("", frappe.MandatoryError, event_subscriber=None)

	def test_tables_settings_and_system_doctypes_are_refused(self):
		self.assert_refused("part of", NotStreamable, rows=[{"ref_doctype": "Contact Email"}])
		self.assert_refused("part of the system", NotStreamable, rows=[{"ref_doctype": "System Settings"}])
		self.assert_refused("code or rights", NotStreamable, rows=[{"ref_doctype": "Server Script"}])

	def test_one_remote_doctype_stands_in_one_row(self):
		self.assert_refused("Rows 1 and 2", rows=[{"ref_doctype": "ToDo"}, {"ref_doctype": "ToDo"}])

	def test_two_rows_with_different_remote_doctypes_may_fill_one_doctype(self):
		mapping = create_test_mapping("ToDo", "Task")
		rows = [{"ref_doctype": "ToDo"}, {"ref_doctype": "ToDo", "has_mapping": 1, "mapping": mapping}]
		create_test_event_producer(rows)

	def test_a_mapping_fits_the_doctype_of_its_row(self):
		mapping = create_test_mapping("ToDo", "Task")
		rows = [{"ref_doctype": "Note", "has_mapping": 1, "mapping": mapping}]
		self.assert_refused("makes documents of ToDo, not of Note", rows=rows)

	def test_has_mapping_needs_a_mapping(self):
		self.assert_refused("choose a Mapping", rows=[{"ref_doctype": "ToDo", "has_mapping": 1}])

	def test_a_mapping_without_the_tick_is_dropped(self):
		mapping = create_test_mapping("ToDo", "Task")
		producer = create_test_event_producer([{"ref_doctype": "ToDo", "mapping": mapping}])
		self.assertIsNone(producer.producer_doctypes[0].mapping)

	def test_a_condition_is_a_filter_written_as_json(self):
		for condition in ("frappe.db.commit()", "[", "1"):
			rows = [{"ref_doctype": "ToDo", "condition": condition}]
			self.assert_refused("Write the Condition like this", rows=rows)

	def test_an_empty_condition_is_none(self):
		producer = create_test_event_producer([{"ref_doctype": "ToDo", "condition": " {} "}])
		self.assertIsNone(producer.producer_doctypes[0].condition)


class TestAgreement(ProducerTestCase):
	def test_a_new_producer_registers(self):
		producer = create_test_event_producer()
		self.register.assert_called_once_with(producer)
		self.assertEqual(producer.get_password("api_secret"), "secret")

	def test_what_the_other_site_refuses_is_not_saved(self):
		self.register.side_effect = ConnectionFailed("is off")
		with self.assertRaisesRegex(ConnectionFailed, "is off"):
			create_test_event_producer()
		self.assertFalse(frappe.db.exists("Event Producer", THERE))

	def test_saving_without_a_change_asks_nobody(self):
		producer = create_test_event_producer()
		self.register.reset_mock()
		producer.save()
		self.register.assert_not_called()
		self.update.assert_not_called()

	def test_changed_rows_conditions_and_subscribers_are_told(self):
		producer = create_test_event_producer()
		changes = (
			lambda: producer.append("producer_doctypes", {"ref_doctype": "Note", "use_same_name": 1}),
			lambda: producer.producer_doctypes[0].update({"condition": '{"status": "Open"}'}),
			lambda: producer.producer_doctypes[1].update({"unsubscribe": 1}),
			lambda: producer.update({"event_subscriber": create_test_subscriber("other@example.com")}),
		)
		for number, change in enumerate(changes, 1):
			change()
			producer.save()
			self.assertEqual(self.update.call_count, number)
		self.assertEqual(self.register.call_count, 1)

	def test_another_spelling_of_a_condition_is_no_change(self):
		producer = create_test_event_producer([{"ref_doctype": "ToDo", "condition": '{"status": "Open"}'}])
		producer.producer_doctypes[0].condition = '{ "status":"Open" }'
		producer.save()
		self.update.assert_not_called()

	def test_another_callback_url_or_a_lost_cursor_registers_again(self):
		producer = create_test_event_producer()
		producer.callback_url = "https://moved.example"
		producer.save()
		self.assertEqual(self.register.call_count, 2)
		frappe.db.delete("Event Stream Cursor", {"event_producer": THERE})
		producer.save()
		self.assertEqual(self.register.call_count, 3)

	def test_the_columns_for_other_names_are_made_before_anything_is_written(self):
		written = []
		ensure = "event_streaming.consumer.identity.origin_fields.ensure_custom_fields"
		with patch(
			ensure, side_effect=lambda doctype: written.append(frappe.db.exists("Event Producer", THERE))
		):
			create_test_event_producer([{"ref_doctype": "ToDo", "use_same_name": 0}])
		self.assertEqual(written, [None])

	def test_deleting_tells_the_producer_and_keeps_what_recognizes_documents(self):
		producer = create_test_event_producer()
		key = {"event_producer": THERE, "remote_doctype": "ToDo", "remote_docname": "1"}
		frappe.get_doc(doctype="Parked Document", **key).insert(ignore_permissions=True)
		known = {"local_doctype": "ToDo", "local_docname": "1"}
		frappe.get_doc(doctype="Remote Document", **key, **known).insert(ignore_permissions=True)
		producer.delete()
		self.unregister.assert_called_once()
		self.assertFalse(frappe.db.exists("Event Stream Cursor", THERE))
		self.assertEqual(frappe.db.count("Parked Document", {"event_producer": THERE}), 0)
		self.assertEqual(frappe.db.count("Remote Document", {"event_producer": THERE}), 1)

	def test_unpairing_says_what_stays_and_what_is_given_up(self):
		create_test_event_producer()
		key = {"event_producer": THERE, "remote_doctype": "ToDo"}
		frappe.get_doc(doctype="Parked Document", remote_docname="1", **key).insert(ignore_permissions=True)
		known = {"local_doctype": "ToDo", "remote_docname": "2", "local_docname": "2"}
		frappe.get_doc(doctype="Remote Document", **key, **known).insert(ignore_permissions=True)
		self.assertEqual(event_producer.unpair(THERE), {"told": True, "documents": 1, "parked": 1})
		self.assertFalse(frappe.db.exists("Event Producer", THERE))

	def test_unpairing_says_that_the_other_site_was_not_told(self):
		create_test_event_producer()
		self.unregister.side_effect = lambda doc: frappe.flags.update(producer_not_told=doc.name)
		self.addCleanup(frappe.flags.pop, "producer_not_told", None)
		self.assertFalse(event_producer.unpair(THERE)["told"])


class TestPause(ProducerTestCase):
	def setUp(self):
		super().setUp()
		self.producer = create_test_event_producer([{"ref_doctype": "ToDo", "status": "Approved"}])

	def state(self) -> str:
		return frappe.db.get_value("Event Stream Cursor", THERE, "state")

	def test_pausing_shows_on_the_cursor_and_asks_nobody(self):
		event_producer.set_paused(THERE, True)
		self.assertEqual(self.state(), cursors.PAUSED)
		self.update.assert_not_called()
		self.assertEqual(self.register.call_count, 1)

	def test_resuming_goes_on_at_once_whatever_the_last_trouble_was(self):
		event_producer.set_paused(THERE, True)
		frappe.db.set_value("Event Stream Cursor", THERE, "next_attempt_at", "2099-01-01")
		event_producer.set_paused(THERE, False)
		self.assertEqual(self.state(), cursors.STREAMING)
		self.assertTrue(cursors.is_due(cursors.read(THERE)))

	def test_only_who_may_write_it_may_pause_pull_or_rotate(self):
		frappe.set_user(create_test_subscriber())
		self.addCleanup(frappe.set_user, "Administrator")
		for attempt in (
			lambda: event_producer.set_paused(THERE, True),
			lambda: event_producer.pull_now(THERE),
			lambda: event_producer.rotate_key(THERE),
			lambda: event_producer.test_connection(THERE),
			lambda: event_producer.get_link_state(THERE),
			lambda: event_producer.unpair(THERE),
		):
			self.assertRaises(frappe.PermissionError, attempt)


class TestLinkState(ProducerTestCase):
	def test_it_counts_what_failed_and_what_is_parked_at_this_producer_only(self):
		create_test_event_producer()
		for site, status in ((THERE, "Failed"), (THERE, "Synced"), ("https://third.example", "Failed")):
			log = {"event_producer": site, "status": status, "remote_doctype": "ToDo", "remote_docname": site}
			frappe.get_doc(doctype="Event Sync Log", **log).insert(ignore_permissions=True)
		state = link_state.read(THERE)
		self.assertEqual((state.state, state.failed, state.parked), (cursors.WAITING, 1, 0))

	def test_a_connection_test_stops_at_what_fails_and_says_why(self):
		with patch.object(pairing, "preflight", side_effect=ConnectionFailed("<b>It</b> is off.")):
			steps = event_producer.test_connection(THERE)
		self.assertEqual([(step["ok"], step["message"]) for step in steps], [(False, "It is off.")])

	def test_a_connection_test_of_a_saved_link_tries_its_key(self):
		create_test_event_producer()
		with (
			patch.object(pairing, "preflight"),
			patch.object(link_state, "_ask_for_updates", side_effect=ConnectionFailed("cut off")),
		):
			steps = event_producer.test_connection(THERE, THERE)
		self.assertEqual([step["ok"] for step in steps], [True, False])
