from unittest.mock import patch

import frappe
from frappe.utils.password import get_decrypted_password

from event_streaming.consumer import pairing, pairing_tokens, row_statuses
from event_streaming.exceptions import (
	ConnectionFailed,
	PositionGone,
	RegistrationRefused,
	UrlNotAllowed,
	WrongSite,
)
from event_streaming.link.client import ProducerClient
from event_streaming.tests.calling import LinkTestCase, create_test_subscriber

PRODUCER = "https://producer.example"
HERE = "https://here.example"


class FakeProducer:
	"""Stands for ProducerClient: answers as a producer would, and remembers what it was asked."""

	def __init__(self):
		self.site_url, self.protocol = PRODUCER, 1
		self.epoch, self.position, self.event_key = "e1", 7, "k7"
		self.statuses: dict[str, str] = {}
		self.updates: Exception | dict = {}
		self.asked: list[tuple] = []

	def __call__(self, url: str, *credentials, means=None):
		self.url = url
		return self

	def of_link(self, name: str, url: str, *credentials):
		return self(url)

	def for_producer(self, name: str):
		return self(name)

	def __enter__(self):
		return self

	def __exit__(self, *_exception):
		pass

	clock_ahead = 0.0

	def handshake(self) -> dict:
		return {
			"app": "event_streaming",
			"protocol": self.protocol,
			"version": "9",
			"site_url": self.site_url,
		}

	def register(self, **request) -> dict:
		self.asked.append(("register", request))
		pairing.confirm(request["token"], PRODUCER)
		return {
			"api_key": f"key{len(self.asked)}",
			"api_secret": f"secret{len(self.asked)}",
			"epoch": self.epoch,
			"position": self.position,
			"event_key": self.event_key,
			"doctypes": self.statuses,
		}

	def get_updates(self, *place, limit: int, **_seen) -> dict:
		self.asked.append(("get_updates", place))
		if isinstance(self.updates, Exception):
			raise self.updates
		return self.updates

	def update_subscription(self, event_subscriber: str, doctypes: list[dict]) -> dict:
		self.asked.append(("update_subscription", event_subscriber, doctypes))
		return {"doctypes": self.statuses}

	def unregister(self) -> None:
		self.asked.append(("unregister",))
		if isinstance(self.updates, Exception):
			raise self.updates


class TestLinkPairing(LinkTestCase):
	def setUp(self):
		super().setUp()
		self.producer = FakeProducer()
		self.use(patch.object(pairing, "ProducerClient", self.producer))
		self.use(patch.dict(frappe.conf, {"host_name": HERE, "event_streaming_allow_private_network": 1}))

	def producer_doc(self, *rows: dict, **values):
		rows = rows or ({"ref_doctype": "ToDo"}, {"ref_doctype": "Note", "condition": '{ "public": 1 }'})
		return frappe.get_doc(
			{
				"doctype": "Event Producer",
				"name": PRODUCER,
				"producer_url": PRODUCER,
				"event_subscriber": create_test_subscriber(),
				"producer_doctypes": list(rows),
				**values,
			}
		)

	def cursor(self) -> dict:
		fields = ["state", "epoch", "position", "event_key", "attempts", "error"]
		return frappe.db.get_value("Event Stream Cursor", PRODUCER, fields, as_dict=True)

	def test_registering_sets_key_secret_and_statuses_and_starts_at_the_head(self):
		self.producer.statuses = {"ToDo": "Pending", "Note": "Approved"}
		doc = self.producer_doc()
		pairing.register(doc)
		self.assertEqual((doc.api_key, doc.api_secret), ("key1", "secret1"))
		self.assertEqual([row.status for row in doc.producer_doctypes], ["Pending", "Approved"])
		cursor = self.cursor()
		self.assertEqual((cursor.epoch, cursor.position, cursor.event_key), ("e1", 7, "k7"))
		self.assertEqual(cursor.state, "Streaming")

	def test_the_producer_is_asked_for_its_own_doctypes_with_conditions_in_one_spelling(self):
		pairing.register(
			self.producer_doc(
				{"ref_doctype": "Event", "unsubscribe": 1},
				{"ref_doctype": "Note", "condition": '{ "public": 1 }'},
			)
		)
		request = self.producer.asked[0][1]
		self.assertEqual(request["callback_url"], HERE)
		self.assertEqual(request["producer_url"], PRODUCER)
		self.assertEqual(request["doctypes"], [{"ref_doctype": "Note", "condition": '{"public": 1}'}])

	def test_nothing_approved_is_waiting(self):
		pairing.register(self.producer_doc())
		self.assertEqual(self.cursor().state, "Waiting for Approval")

	def test_statuses_that_no_producer_may_give_count_as_pending(self):
		self.producer.statuses = {"ToDo": "<script>", "Note": None}
		doc = self.producer_doc()
		pairing.register(doc)
		self.assertEqual([row.status for row in doc.producer_doctypes], ["Pending", "Pending"])

	def test_registering_again_keeps_the_place(self):
		pairing.register(self.producer_doc())
		frappe.db.set_value(
			"Event Stream Cursor", PRODUCER, {"position": 5, "event_key": "k5", "attempts": 3}
		)
		pairing.register(self.producer_doc())
		self.assertEqual(
			(self.cursor().position, self.cursor().event_key, self.cursor().attempts), (5, "k5", 0)
		)
		self.assertIn(("get_updates", (5, "k5", "e1")), self.producer.asked)

	def test_registering_again_starts_at_the_head_when_the_place_is_gone_and_says_so(self):
		pairing.register(self.producer_doc())
		frappe.db.set_value(
			"Event Stream Cursor", PRODUCER, {"position": 5, "epoch": "e0", "state": "Stopped"}
		)
		self.producer.updates = PositionGone("It was restored.")
		pairing.register(self.producer_doc())
		self.assertEqual((self.cursor().position, self.cursor().epoch), (7, "e1"))
		self.assertIn("will not be fetched", str(frappe.local.message_log))

	def test_a_place_that_cannot_be_asked_about_is_kept(self):
		pairing.register(self.producer_doc())
		frappe.db.set_value("Event Stream Cursor", PRODUCER, "position", 5)
		self.producer.updates = ConnectionFailed("It is off.")
		pairing.register(self.producer_doc())
		self.assertEqual(self.cursor().position, 5)

	def test_a_paused_link_stays_paused(self):
		pairing.register(self.producer_doc(paused=1))
		self.assertEqual(self.cursor().state, "Paused")

	def test_a_site_that_calls_itself_something_else_is_refused_by_both_names(self):
		self.producer.site_url = "https://other.example"
		with self.assertRaises(WrongSite) as refused:
			pairing.register(self.producer_doc())
		self.assertIn(PRODUCER, str(refused.exception))
		self.assertIn("https://other.example", str(refused.exception))
		self.assertIn(str(refused.exception), str(frappe.local.message_log))

	def test_another_version_of_the_protocol_is_refused(self):
		self.producer.protocol = 2
		with self.assertRaises(RegistrationRefused) as refused:
			pairing.preflight(PRODUCER)
		self.assertIn("another version", str(refused.exception))

	def test_a_site_cannot_subscribe_to_itself(self):
		with patch.dict(frappe.conf, {"host_name": PRODUCER}), self.assertRaises(UrlNotAllowed):
			pairing.register(self.producer_doc())

	def test_a_token_is_good_for_one_question_by_its_producer(self):
		token = pairing_tokens.issue(PRODUCER)
		self.assertTrue(pairing.confirm(token, PRODUCER + "/"))
		self.assertRaises(RegistrationRefused, pairing.confirm, token, PRODUCER)

	def test_a_token_for_one_producer_does_nothing_for_another_and_is_gone_then(self):
		token = pairing_tokens.issue(PRODUCER)
		self.assertRaises(RegistrationRefused, pairing.confirm, token, "https://evil.example")
		self.assertRaises(RegistrationRefused, pairing.confirm, token, PRODUCER)

	def test_a_guessed_token_is_refused(self):
		for token in ("", "guess", "*", "a" * 43):
			self.assertRaises(RegistrationRefused, pairing.confirm, token, PRODUCER)

	def test_the_cache_holds_no_token_and_forgets_it(self):
		token = pairing_tokens.issue(PRODUCER)
		key = pairing_tokens._key(token)
		self.assertNotIn(str(token), key.decode())
		self.assertTrue(0 < frappe.cache.ttl(key) <= pairing_tokens.TOKEN_LIFETIME)

	def test_a_changed_subscription_is_told_and_its_statuses_come_back(self):
		pairing.register(self.producer_doc())
		self.producer.statuses = {"ToDo": "Approved", "Note": "Rejected"}
		doc = self.producer_doc()
		pairing.update_subscription(doc)
		self.assertEqual([row.status for row in doc.producer_doctypes], ["Approved", "Rejected"])
		self.assertEqual(self.cursor().state, "Streaming")

	def test_statuses_of_a_feed_answer_are_written_when_they_changed(self):
		doc = self.stored_doc()
		row_statuses.update_statuses(PRODUCER, {"ToDo": "Approved", "Note": "Rejected"})
		self.assertEqual(self.stored_statuses(), {"ToDo": "Approved", "Note": "Rejected"})
		self.assertEqual(self.cursor().state, "Streaming")
		modified = frappe.db.get_value("Event Producer", doc.name, "modified")
		self.assertEqual(str(modified), str(doc.modified))
		with patch.object(frappe.db, "set_value") as written:
			row_statuses.update_statuses(PRODUCER, {"ToDo": "Approved", "Note": "Rejected"})
		written.assert_not_called()

	def test_a_doctype_that_the_producer_no_longer_names_is_pending(self):
		self.stored_doc()
		row_statuses.update_statuses(PRODUCER, {"ToDo": "Approved"})
		row_statuses.update_statuses(PRODUCER, {})
		self.assertEqual(self.stored_statuses(), {"ToDo": "Pending", "Note": "Pending"})
		self.assertEqual(self.cursor().state, "Waiting for Approval")

	def test_trouble_and_pauses_are_not_ended_by_statuses(self):
		self.stored_doc()
		for state in ("Failing", "Stopped", "Paused"):
			frappe.db.set_value("Event Stream Cursor", PRODUCER, "state", state)
			row_statuses.update_statuses(PRODUCER, {"ToDo": "Approved"})
			self.assertEqual(self.cursor().state, state)

	def test_deleting_ends_the_link_with_the_secret_that_core_has_deleted_by_then(self):
		doc = self.stored_doc()
		with patch.object(pairing, "ProducerClient", wraps=self.producer) as client:
			frappe.delete_doc("Event Producer", doc.name, ignore_permissions=True)
		client.of_link.assert_called_with(PRODUCER, PRODUCER, "key1", "secret1")
		self.assertIn(("unregister",), self.producer.asked)
		self.assertIsNone(self.cursor())
		self.assertIsNone(self.spare_secret())

	def test_deleting_works_while_the_producer_is_off(self):
		doc = self.stored_doc()
		self.producer.updates = ConnectionFailed("It is off.")
		frappe.delete_doc("Event Producer", doc.name, ignore_permissions=True)
		self.assertFalse(frappe.db.exists("Event Producer", doc.name))
		self.assertIn("could not be notified: It is off.", str(frappe.local.message_log))

	def test_the_real_client_has_all_that_the_stand_in_has(self):
		for name in (
			"handshake",
			"register",
			"get_updates",
			"update_subscription",
			"unregister",
			"for_producer",
		):
			self.assertTrue(callable(getattr(ProducerClient, name)))

	def stored_doc(self):
		doc = self.producer_doc()
		doc.name = None
		return doc.insert(ignore_permissions=True)

	def stored_statuses(self) -> dict:
		rows = frappe.get_all(
			"Event Producer Document Type", {"parent": PRODUCER}, ["ref_doctype", "status"], as_list=True
		)
		return dict(rows)

	def spare_secret(self) -> str | None:
		return get_decrypted_password(
			"Event Stream Cursor", PRODUCER, pairing.SPARE_SECRET, raise_exception=False
		)
