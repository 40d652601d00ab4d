from unittest.mock import MagicMock, patch

import frappe
from redis.exceptions import ConnectionError as RedisOff

from event_streaming.exceptions import ConnectionFailed, CredentialsRefused
from event_streaming.lingering import Wakeup
from event_streaming.producer import notify
from event_streaming.tests.calling import LinkTestCase, create_test_consumer
from event_streaming.yielding import HINTS

FIRST, SECOND = "http://first.example", "http://second.example"


class TestLinkNotify(LinkTestCase):
	def setUp(self):
		super().setUp()
		self.forget()
		self.addCleanup(self.forget)
		self.enqueue = self.use(patch.object(frappe, "enqueue"))
		self.woken: list[str] = []
		self.trouble: dict[str, Exception] = {}
		client = self.use(patch.object(notify, "ConsumerClient"))
		client.for_consumer.side_effect = self.stand_in

	def forget(self) -> None:
		frappe.cache.delete(frappe.cache.make_key(notify.CHANGED), *Wakeup(notify.BELL)._keys)
		for consumer in (FIRST, SECOND):
			frappe.cache.delete_value(notify.SILENCE + consumer)
		frappe.db.event_streaming_changed = None
		frappe.db.after_commit.reset()
		frappe.db.after_rollback.reset()

	def stand_in(self, consumer: str) -> MagicMock:
		def wake_up() -> None:
			self.woken.append(consumer)
			if consumer in self.trouble:
				raise self.trouble[consumer]

		client = MagicMock()
		client.__enter__.return_value.wake_up.side_effect = wake_up
		return client

	def commit(self, *doctypes: str) -> None:
		"""The end of a transaction that changed documents of these DocTypes."""
		for doctype in doctypes:
			notify.notify_after_commit(doctype)
		frappe.db.after_commit.run()
		frappe.db.after_rollback.reset()

	def test_one_that_cannot_call_is_answered_though_the_job_that_answers_had_left(self):
		"""It leaves while others wait for its worker."""
		create_test_consumer(FIRST)
		create_test_consumer(SECOND)
		frappe.db.set_value("Event Consumer", FIRST, "by_mailbox", 1)
		for consumer in (FIRST, SECOND):
			frappe.cache.delete(*Wakeup(notify.ANSWERING + consumer)._keys)
			self.assertTrue(notify.send_hint(consumer))
		with patch.object(notify.lingering, "enqueue_unless_queued") as queued:
			notify.send_hint(FIRST)
			self.assertEqual(queued.call_count, 0, "one is queued already")
			frappe.cache.delete(*Wakeup(notify.ANSWERING + FIRST)._keys)
			notify.send_hint(FIRST)
			notify.send_hint(SECOND)
		[call] = queued.call_args_list
		self.assertEqual(call.args[0], "event_streaming.answering.answer_job")
		self.assertEqual(call.kwargs["consumer"], FIRST)

	def test_a_transaction_makes_one_job_however_much_it_changes(self):
		self.commit("ToDo", "ToDo", "Note")
		self.enqueue.assert_called_once()
		told = self.enqueue.call_args
		self.assertEqual(told.args, ("event_streaming.producer.notify.send_hints",))
		self.assertEqual(told.kwargs["queue"], "short")
		self.assertIn(HINTS, told.kwargs["job_id"])

	def test_many_transactions_within_a_moment_make_one_job(self):
		for _ in range(5):
			self.commit("ToDo")
		self.assertEqual(self.enqueue.call_count, 1)

	def test_a_change_after_the_job_began_makes_a_new_one(self):
		self.commit("ToDo")
		notify.send_hints()
		self.commit("ToDo")
		self.assertEqual(self.enqueue.call_count, 2)

	def test_a_job_that_stays_tells_of_what_changes_meanwhile(self):
		create_test_consumer(FIRST)
		self.commit("ToDo")
		changes = iter([["ToDo"], ["Note"]])

		def wait(bell: Wakeup, deadline: float, meanwhile, others=None) -> bool:
			meanwhile()
			self.commit(*next(changes))
			return bell.has_rung()

		with patch.object(notify.lingering, "wait", side_effect=wait):
			notify.send_hints()
		self.assertEqual(self.woken, [FIRST, FIRST])
		self.assertEqual(self.enqueue.call_count, 1)

	def test_what_changes_just_when_it_leaves_is_told_too(self):
		create_test_consumer(FIRST)
		self.commit("ToDo")
		changes = iter([["ToDo"], []])

		def wait(*_arguments, **_options) -> bool:
			self.commit(*next(changes))
			return False

		with patch.object(notify.lingering, "wait", side_effect=wait):
			notify.send_hints()
		self.assertEqual(self.woken, [FIRST, FIRST])
		self.assertEqual(self.enqueue.call_count, 1)
		self.commit("ToDo")
		self.assertEqual(self.enqueue.call_count, 2)

	def test_a_change_while_hints_are_sent_is_told_by_the_same_job(self):
		create_test_consumer(FIRST)
		self.commit("ToDo")
		changes = iter([["ToDo"], []])

		def send_hint(consumer: str) -> bool:
			self.woken.append(consumer)
			self.commit(*next(changes))
			return True

		with patch.object(notify, "send_hint", side_effect=send_hint):
			notify.send_hints()
		self.assertEqual(self.woken, [FIRST, FIRST])
		self.assertEqual(self.enqueue.call_count, 1)

	def test_a_second_job_leaves_to_the_one_that_attends(self):
		create_test_consumer(FIRST)
		other = Wakeup(notify.BELL)
		other.attend()
		self.commit("ToDo")
		self.enqueue.assert_not_called()
		notify.send_hints()
		self.assertEqual(self.woken, [])
		self.assertFalse(other.leave())

	def test_it_does_not_stay_when_nobody_was_reached(self):
		create_test_consumer(FIRST)
		self.trouble[FIRST] = ConnectionFailed("off")
		self.commit("ToDo")
		with patch.object(notify.lingering, "wait") as wait:
			notify.send_hints()
		wait.assert_not_called()

	def test_a_rolled_back_transaction_makes_no_job_and_the_next_one_does(self):
		notify.notify_after_commit("ToDo")
		frappe.db.after_commit.reset()
		frappe.db.after_rollback.run()
		self.enqueue.assert_not_called()
		self.commit("ToDo")
		self.assertEqual(self.enqueue.call_count, 1)

	def test_only_consumers_of_what_changed_are_woken(self):
		create_test_consumer(FIRST)
		create_test_consumer(SECOND, consumer_doctypes=[{"ref_doctype": "Note", "status": "Approved"}])
		self.commit("ToDo")
		notify.send_hints()
		self.assertEqual(self.woken, [FIRST])

	def test_consumers_that_are_paused_or_not_approved_are_not_woken(self):
		create_test_consumer(FIRST, paused=1)
		create_test_consumer(SECOND, consumer_doctypes=[{"ref_doctype": "ToDo", "status": "Pending"}])
		self.commit("ToDo")
		notify.send_hints()
		self.assertEqual(self.woken, [])

	def test_a_change_of_unknown_kind_wakes_all_that_are_approved(self):
		create_test_consumer(FIRST)
		notify.notify_after_commit()
		self.commit()
		notify.send_hints()
		self.assertEqual(self.woken, [FIRST])

	def test_one_consumer_in_trouble_keeps_nobody_else_from_being_woken(self):
		create_test_consumer(FIRST)
		create_test_consumer(SECOND)
		for trouble in (ConnectionFailed("off"), CredentialsRefused("no"), KeyError("bug")):
			self.trouble, self.woken = {FIRST: trouble, SECOND: trouble}, []
			frappe.cache.delete_value([notify.SILENCE + FIRST, notify.SILENCE + SECOND])
			self.commit("ToDo")
			notify.send_hints()
			self.assertCountEqual(self.woken, [FIRST, SECOND])

	def test_an_unreachable_consumer_gets_no_hint_for_longer_and_longer(self):
		create_test_consumer(FIRST)
		self.trouble[FIRST] = ConnectionFailed("off")
		with patch.object(notify.time, "time") as clock:
			for moment, woken in ((0, 1), (29, 1), (31, 2), (60, 2), (90, 2), (92, 3)):
				clock.return_value = moment
				self.commit("ToDo")
				notify.send_hints()
				self.assertEqual(len(self.woken), woken, f"after {moment} s")

	def test_a_consumer_that_can_be_reached_again_is_forgiven(self):
		create_test_consumer(FIRST)
		self.trouble[FIRST] = ConnectionFailed("off")
		notify.send_hint(FIRST)
		self.assertTrue(notify._is_silenced(FIRST))
		self.trouble.clear()
		notify.send_hint(FIRST)
		self.assertFalse(notify._is_silenced(FIRST))

	def test_a_consumer_that_refuses_the_key_is_not_silenced_since_it_may_be_registering(self):
		create_test_consumer(FIRST)
		self.trouble[FIRST] = CredentialsRefused("no")
		notify.send_hint(FIRST)
		self.assertFalse(notify._is_silenced(FIRST))

	def test_a_hint_to_one_consumer_waits_for_the_commit(self):
		notify.hint(FIRST)
		self.enqueue.assert_not_called()
		frappe.db.after_commit.run()
		self.enqueue.assert_called_once_with(
			"event_streaming.producer.notify.send_hint", queue="short", consumer=FIRST
		)

	def test_nothing_of_this_disturbs_the_users_transaction(self):
		self.enqueue.side_effect = RedisOff
		self.commit("ToDo")
		notify.hint(FIRST)
		frappe.db.after_commit.run()
		with patch.object(frappe.cache, "pipeline", side_effect=RedisOff):
			self.commit("ToDo")
