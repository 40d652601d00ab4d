import frappe

from event_streaming.consumer.replay.savepoint import as_user, undo_transaction, undone_on_error
from event_streaming.tests.case import IntegrationTestCase


class TestAsUser(IntegrationTestCase):
	def setUp(self):
		self.session = dict(frappe.local.session)
		frappe.local.session.update(
			sid="a-session-id", data=frappe._dict(user="Administrator", csrf_token="t")
		)
		self.addCleanup(lambda: frappe.local.session.update(self.session))

	def test_the_session_is_afterwards_what_it_was(self):
		"""A request writes its session back at its end, from where the next request reads who it is."""
		before = dict(frappe.local.session)
		with as_user("Guest"):
			self.assertEqual(frappe.session.user, "Guest")
		self.assertEqual(dict(frappe.local.session), before)
		self.assertEqual(frappe.session.data.csrf_token, "t")

	def test_after_an_error_too(self):
		before = dict(frappe.local.session)
		with self.assertRaises(ZeroDivisionError), as_user("Guest"):
			raise ZeroDivisionError
		self.assertEqual(dict(frappe.local.session), before)


class TestUndoneOnError(IntegrationTestCase):
	"""What the block did is undone in memory as in the database; what was before it stays."""

	def setUp(self):
		self.addCleanup(frappe.db.rollback)
		self.ran = []

	def fail(self, act):
		with self.assertRaises(ZeroDivisionError), undone_on_error():
			act()
			raise ZeroDivisionError

	def test_what_was_queued_for_the_commit_before_stays_and_what_the_block_queued_goes(self):
		frappe.db.after_commit.add(lambda: self.ran.append("before"))
		self.fail(lambda: frappe.db.after_commit.add(lambda: self.ran.append("undone")))
		frappe.db.after_commit.add(lambda: self.ran.append("after"))
		frappe.db.after_commit.run()
		self.assertEqual(self.ran, ["before", "after"])

	def test_what_the_block_queued_for_a_rollback_runs_once(self):
		"""A file that it wrote is deleted, a document that it changed leaves the cache."""

		def act():
			frappe.db.before_rollback.add(lambda: self.ran.append("before"))
			frappe.db.after_rollback.add(lambda: self.ran.append("after"))

		frappe.db.after_rollback.add(lambda: self.ran.append("of the whole transaction"))
		self.fail(act)
		self.assertEqual(self.ran, ["before", "after"])
		frappe.db.rollback()
		self.assertEqual(self.ran, ["before", "after", "of the whole transaction"])

	def test_a_queue_that_was_empty_arranges_for_its_sending_again(self):
		"""Frappe queues the sending of webhooks with the first of them only."""

		def queue(webhook):
			if not getattr(frappe.local, "_webhook_queue", None):
				frappe.local._webhook_queue = []
				frappe.db.after_commit.add(lambda: self.ran.extend(frappe.local._webhook_queue))
			frappe.local._webhook_queue.append(webhook)

		self.fail(lambda: queue("undone"))
		queue("first")
		self.fail(lambda: queue("undone too"))
		queue("second")
		frappe.db.after_commit.run()
		del frappe.local._webhook_queue
		self.assertEqual(self.ran, ["first", "second"])

	def test_a_rollback_of_everything_leaves_no_queue_without_its_sending(self):
		frappe.local._webhook_queue = ["of a document that is gone"]
		undo_transaction()
		self.assertFalse(hasattr(frappe.local, "_webhook_queue"))

	def test_a_cached_document_has_no_value_that_was_undone(self):
		"""Also one that was read into the cache half way through a save that failed."""
		name = frappe.get_doc({"doctype": "ToDo", "description": "before"}).insert().name

		def act():
			frappe.db.set_value("ToDo", name, "description", "undone")
			self.assertEqual(frappe.get_cached_doc("ToDo", name).description, "undone")

		def act_unheard():
			table = frappe.qb.DocType("ToDo")
			frappe.clear_document_cache("ToDo", name)
			frappe.qb.update(table).set(table.description, "undone").where(table.name == name).run()
			self.assertEqual(frappe.get_cached_doc("ToDo", name).description, "undone")

		for one in (act, act_unheard):
			self.fail(one)
			frappe.local.cache = {}  # as in the next process
			self.assertEqual(frappe.get_cached_doc("ToDo", name).description, "before")

	def test_flags_are_what_they_were_except_for_why_it_failed(self):
		frappe.flags.mute_emails = None

		def act():
			frappe.flags.mute_emails = True
			frappe.flags.set_by_a_controller = 1
			frappe.flags.error_message = "no right"

		self.fail(act)
		self.assertFalse(frappe.flags.mute_emails)
		self.assertNotIn("set_by_a_controller", frappe.flags)
		self.assertEqual(frappe.flags.pop("error_message"), "no right")
