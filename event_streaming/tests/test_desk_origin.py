import frappe

from event_streaming.tests.calling import LinkTestCase, create_test_subscriber

SITE = "https://there.example"
SECRET = "Ada's salary is 5000"


class TestOrigin(LinkTestCase):
	def setUp(self):
		super().setUp()
		self.addCleanup(frappe.set_user, "Administrator")
		for doctype in ("Event Sync Log", "Remote Document", "Parked Document"):
			frappe.db.delete(doctype)
		self.todo = frappe.get_doc(doctype="ToDo", description="came from there").insert()

	def tell(self, **values) -> dict:
		"""What the form is told of a document that came from there."""
		self.register(**values)
		return self.open_form()

	def register(self, **values) -> None:
		row = {"event_producer": SITE, "remote_doctype": "Task", "remote_docname": "T-1"}
		here = {"local_doctype": "ToDo", "local_docname": self.todo.name}
		frappe.get_doc({"doctype": "Remote Document", **row, **here, **values}).insert(
			ignore_permissions=True
		)

	def open_form(self) -> dict:
		doc = frappe.get_doc("ToDo", self.todo.name)
		doc.run_method("onload")
		return (doc.get_onload() or {}).get("event_streaming") or {}

	def park(self) -> str:
		key = {"event_producer": SITE, "remote_doctype": "Task", "remote_docname": "T-1"}
		frappe.get_doc(doctype="Parked Document", status="Failed", message=SECRET, **key).insert(
			ignore_permissions=True
		)
		log = frappe.get_doc(
			doctype="Event Sync Log", status="Failed", ref_doctype="ToDo", docname=self.todo.name, **key
		)
		return log.insert(ignore_permissions=True).name

	def be_somebody_who_may_read_it(self) -> None:
		user = create_test_subscriber()
		frappe.db.set_value("ToDo", self.todo.name, {"owner": user, "allocated_to": user})
		frappe.set_user(user)
		frappe.flags.in_test = False  # in tests everybody has every role
		self.addCleanup(frappe.flags.__setitem__, "in_test", True)

	def test_a_document_that_was_made_here_says_nothing(self):
		self.assertEqual(self.open_form(), {})

	def test_a_document_tells_its_site_and_its_name_there(self):
		told = self.tell()
		[source] = told["sources"]
		self.assertEqual((source["site"], source["doctype"], source["name"]), (SITE, "Task", "T-1"))
		self.assertEqual((source["home"], source["linked"], source["trouble"]), (None, False, None))
		self.assertEqual(told["logs"], 0)

	def test_it_tells_where_it_was_first_made_if_that_is_another_site(self):
		self.assertEqual(
			self.tell(home_site="https://third.example")["sources"][0]["home"], "https://third.example"
		)

	def test_a_document_that_comes_from_two_sites_tells_both(self):
		self.register(event_producer="https://third.example")
		self.assertEqual(len(self.tell()["sources"]), 2)

	def test_it_tells_that_its_changes_wait_and_why_and_where_that_is_logged(self):
		log = self.park()
		told = self.tell()
		trouble = {"status": "Failed", "message": SECRET, "log": log}
		self.assertEqual((told["sources"][0]["trouble"], told["logs"]), (trouble, 1))

	def test_who_may_read_the_document_but_not_the_logs_sees_its_site_alone(self):
		self.park()
		self.register()
		self.be_somebody_who_may_read_it()
		told = self.open_form()
		self.assertEqual(told["sources"][0]["site"], SITE)
		self.assertEqual((told["sources"][0]["trouble"], told["logs"]), ({"status": "Failed"}, None))
		self.assertNotIn(SECRET, str(told))

	def test_who_may_not_read_the_document_is_told_nothing(self):
		self.register()
		self.be_somebody_who_may_read_it()
		frappe.db.set_value("ToDo", self.todo.name, {"owner": "Administrator", "allocated_to": None})
		self.assertEqual(self.open_form(), {})
		frappe.set_user("Guest")
		self.assertEqual(self.open_form(), {})
