from unittest.mock import patch

import frappe
from frappe.handler import execute_cmd
from frappe.utils import add_to_date, now_datetime

from event_streaming import api
from event_streaming.exceptions import RegistrationRefused, StreamingError
from event_streaming.link import credentials
from event_streaming.producer import contact
from event_streaming.tests.calling import (
	API,
	LinkTestCase,
	calling,
	create_test_consumer,
	link_header,
	messages,
)

GUEST_FUNCTIONS = {
	"handshake",
	"register",
	"redeem",
	"read_invitation",
	"offer",
	"confirm_registration",
	"prove_link",
}
TOO_DEEP = "[" * 5000 + "]" * 5000
HALF_A_CHARACTER = "\ud800"
UNPRINTABLE = ("\x00", "a\nb", HALF_A_CHARACTER)
OFFERED = {"api_key": "k" * 32, "api_secret": "s" * 43, "epoch": "e", "position": 1, "doctypes": {}}
BAD_ARGUMENTS = {
	"prove_link": [
		{},
		{"link_key": "k"},
		{"link_key": 5, "challenge": "c"},
		{"link_key": "k" * 141, "challenge": "c"},
		{"link_key": "no such key at all", "challenge": "c"},
		*({"link_key": "k" * 32, "challenge": text} for text in UNPRINTABLE if text != HALF_A_CHARACTER),
	],
	"get_updates": [
		{},
		{"after": None, "epoch": "e"},
		{"after": "x", "epoch": "e"},
		{"after": -1, "epoch": "e"},
		{"after": 2**63, "epoch": "e"},
		{"after": 1.5, "epoch": "e"},
		{"after": [1], "epoch": "e"},
		{"after": 0},
		{"after": 0, "epoch": 5},
		{"after": 0, "epoch": "e" * 141},
		*({"after": 0, "epoch": text} for text in UNPRINTABLE),
		{"after": 0, "epoch": "e", "event_key": {}},
		{"after": 0, "epoch": "e", "limit": 0},
		{"after": 0, "epoch": "e", "limit": 501},
		{"after": 0, "epoch": "e", "limit": "many"},
	],
	"get_documents": [
		{},
		{"documents": "ToDo"},
		{"documents": {}},
		{"documents": ["ToDo"]},
		{"documents": [["ToDo"]]},
		{"documents": [["ToDo", "a", "b"]]},
		{"documents": [["ToDo", 5]]},
		{"documents": [[["ToDo"], "a"]]},
		{"documents": [["ToDo", "a"]] * 201},
		*({"documents": [["ToDo", text]]} for text in UNPRINTABLE),
	],
	"find_documents": [
		{},
		{"doctype": 5},
		{"doctype": "ToDo", "filters": "status"},
		{"doctype": "ToDo", "filters": {"no_field": 1}},
		{"doctype": "ToDo", "filters": [["name", "regexp", "x"]]},
		{"doctype": "ToDo", "filters": [["name", "=", {"a": 1}]]},
		{"doctype": "ToDo", "filters": [["name", "in", [["a"]]]]},
		{"doctype": "ToDo", "filters": [["name", "in", ["a"] * 501]]},
		{"doctype": "ToDo", "filters": [["name", "is", "nice"]]},
		{"doctype": "ToDo", "filters": [["User", "name", "=", "x"]]},
		{"doctype": "ToDo", "filters": [["sleep(5)", "=", "x"]]},
		{"doctype": "ToDo", "filters": [[{}, "=", "x"]]},
		{"doctype": "ToDo", "filters": [["name", {}, "x"]]},
		{"doctype": "ToDo", "filters": [5]},
		{"doctype": "ToDo", "filters": [["name", "=", "x"]] * 51},
		{"doctype": "ToDo", "limit": 21},
		{"doctype": "ToDo", "limit": -1},
	],
	"list_documents": [
		{},
		{"doctype": 5},
		{"doctype": "No Such DocType"},
		{"doctype": "User"},
		{"doctype": "ToDo", "after": 5},
		{"doctype": "ToDo", "after": "x" * 141},
		*({"doctype": "ToDo", "after": text} for text in UNPRINTABLE),
		{"doctype": "ToDo", "upto": []},
		{"doctype": "ToDo", "limit": 0},
		{"doctype": "ToDo", "limit": 501},
		{"doctype": "ToDo", "fields": ["description"]},
		{"doctype": "ToDo", "fields": {"": "description"}},
		{"doctype": "ToDo", "fields": {"": [5]}},
		{"doctype": "ToDo", "fields": {"": ["a"] * 2001}},
		{"doctype": "ToDo", "fields": {str(number): [] for number in range(101)}},
		{"doctype": "ToDo", "count": "many"},
		{"doctype": "ToDo", "filters": 5},
		{"doctype": "ToDo", "filters": [["no_such_field", "=", 1]]},
	],
	"summarise_documents": [
		{},
		{"doctype": 5},
		{"doctype": "User", "fields": {}},
		{"doctype": "ToDo"},
		{"doctype": "ToDo", "fields": {}, "after": {}},
		{"doctype": "ToDo", "fields": {}, "limit": 5001},
		{"doctype": "ToDo", "fields": {"": {"a": 1}}},
		{"doctype": "ToDo", "fields": {"": [["a"]]}},
	],
	"describe_doctype": [{}, {"doctype": 5}, {"doctype": "No Such DocType"}, {"doctype": "x" * 200}],
	"list_files": [{"documents": 5}, {"documents": [["ToDo"]]}, {"documents": [["ToDo", "x"]] * 51}],
	"list_annotations": [{"documents": 5}, {"documents": [["ToDo"]]}, {"documents": [["ToDo", "x"]] * 51}],
	"read_file": [
		{},
		{"doctype": "ToDo", "name": 5, "file": "f"},
		{"doctype": "ToDo", "name": "x", "file": None},
		{"doctype": "ToDo", "name": "x", "file": "f", "offset": -1},
		{"doctype": "ToDo", "name": "x", "file": "f", "length": 0},
		{"doctype": "ToDo", "name": "x", "file": "f", "length": 4 * 1024 * 1024 + 1},
	],
	"report_state": [
		{},
		{"report": 5},
		{"report": []},
		{"report": {"parked": -1}},
		{"report": {"failed": "1"}},
		{"report": {"app": 1}},
		{"report": {"frappe": "x" * 41}},
	],
	"update_subscription": [
		{},
		{"event_subscriber": 5, "doctypes": []},
		{"event_subscriber": "u@x.example", "doctypes": {}},
		{"event_subscriber": "u@x.example", "doctypes": ["ToDo"]},
		{"event_subscriber": "u@x.example", "doctypes": [{}]},
		{"event_subscriber": "u@x.example", "doctypes": [{"ref_doctype": "ToDo"}] * 2},
		{"event_subscriber": "u@x.example", "doctypes": [{"ref_doctype": f"T{i}"} for i in range(201)]},
		{"event_subscriber": "u@x.example", "doctypes": [{"ref_doctype": "ToDo", "condition": "{"}]},
		{"event_subscriber": "u@x.example", "doctypes": [{"ref_doctype": "ToDo", "condition": TOO_DEEP}]},
		{"event_subscriber": "u@x.example", "doctypes": [{"ref_doctype": "ToDo", "condition": "1" * 30_000}]},
		{"event_subscriber": "u@x.example", "doctypes": [{"ref_doctype": "ToDo", "condition": 5}]},
	],
	"start_again": [],
	"unregister": [],
	"register": [
		{},
		{"callback_url": 5},
		{"callback_url": "http://a.example", "producer_url": []},
		{"callback_url": "x" * 200, "producer_url": "http://b.example"},
	],
	"redeem": [
		{},
		{"code": 5},
		{"code": "A" * 200},
		{"code": "A" * 20},
		{"code": "A" * 20, "producer_url": "http://x.example", "event_subscriber": "x", "doctypes": "ToDo"},
		{"code": "A" * 20, "producer_url": "http://x.example", "event_subscriber": "x", "doctypes": []},
	],
	"confirm_registration": [{}, {"token": 5}, {"token": "t", "producer_url": None}, {"token": "t" * 200}],
	"read_invitation": [{}, {"code": 5}, {"code": "A" * 200}, {"code": "A" * 20}],
	"offer": [
		{},
		{"code": 5},
		{"code": "A" * 20, "site_id": "x", "link": []},
		{"code": "A" * 20, "site_id": "x", "link": {"api_key": 5}},
		{"code": "A" * 20, "site_id": "x", "link": OFFERED | {"doctypes": []}},
		{"code": "A" * 20, "site_id": "x", "link": OFFERED | {"position": -1}},
		{"code": "A" * 20, "site_id": "x", "link": OFFERED},
	],
	"wake_up": [],
	"exchange": [],
	"handshake": [],
}


class TestApiFunctions(LinkTestCase):
	def setUp(self):
		super().setUp()
		self.consumer = create_test_consumer()
		self.use(patch.dict(frappe.conf, {"event_streaming_guest_limit": 100_000}))

	def call(self, function: str, arguments: dict | None = None):
		"""As the link of `self.consumer`, for a function that a link calls, else as Guest."""
		headers = {} if function in GUEST_FUNCTIONS else link_header(self.consumer)
		with calling(API + function, arguments, headers):
			credentials.authenticate_link()
			frappe.form_dict.cmd = f"event_streaming.api.{function}"
			try:
				return execute_cmd(frappe.form_dict.cmd)
			finally:
				self.realtime = messages()

	def test_every_function_is_for_guests_or_for_links_and_its_bad_arguments_are_listed_here(self):
		functions = {
			name
			for name, function in vars(api).items()
			if getattr(function, "__module__", None) == api.__name__ and function in frappe.whitelisted
		}
		self.assertEqual(functions, GUEST_FUNCTIONS | set(credentials.LINK_ENDPOINTS))
		self.assertEqual(functions, set(BAD_ARGUMENTS))

	def test_only_guest_functions_are_open_to_guests_and_only_the_handshake_to_get(self):
		for name in BAD_ARGUMENTS:
			function = getattr(api, name)
			with self.subTest(name):
				self.assertEqual(function in frappe.guest_methods, name in GUEST_FUNCTIONS)
				methods = frappe.allowed_http_methods_for_whitelisted_func[function]
				self.assertEqual(methods, ["GET"] if name == "handshake" else ["POST"])

	def test_people_are_refused_by_every_function_for_links(self):
		for name in credentials.LINK_ENDPOINTS:
			for user in ("Administrator", self.consumer.event_subscriber, "Guest"):
				with self.subTest(f"{name} as {user}"), calling(API + name):
					frappe.set_user(user)
					self.assertRaises(frappe.PermissionError, getattr(api, name))

	def test_bad_arguments_are_refused_in_a_sentence_and_never_a_server_error(self):
		for name, table in BAD_ARGUMENTS.items():
			for arguments in table if name != "wake_up" else []:
				with self.subTest(f"{name} {str(arguments)[:80]}"):
					with self.assertRaises((frappe.ValidationError, frappe.FrappeTypeError)) as refused:
						self.call(name, arguments)
					self.assertLess(refused.exception.http_status_code, 500)
					self.assertTrue(str(refused.exception))

	def test_half_a_character_of_a_guest_is_refused_where_it_comes_so_far(self):
		"""Frappe v16 refuses a body that holds one, and can't clean one out of a guest's texts: we are called directly."""
		with calling(API + "prove_link"), self.assertRaises(frappe.ValidationError) as refused:
			frappe.form_dict.cmd = "event_streaming.api.prove_link"
			api.prove_link(link_key="k" * 32, challenge=HALF_A_CHARACTER)
		self.assertLess(refused.exception.http_status_code, 500)

	def test_messages_of_our_own_errors_are_in_the_answer_for_the_other_site_to_read(self):
		with patch.object(contact, "note_lost_place") as noted, self.assertRaises(StreamingError) as gone:
			self.call("get_updates", {"after": 0, "epoch": "another", "event_key": ""})
		self.assertEqual(self.realtime, str(gone.exception))
		noted.assert_called_once()  # in a transaction of its own, which would end this test's

	def test_the_handshake_says_who_this_site_is_and_nothing_else(self):
		with patch.dict(frappe.conf, {"host_name": "https://here.example"}), calling(API + "handshake"):
			answer = api.handshake()
		self.assertEqual(set(answer), {"app", "protocol", "version", "site_url", "site_id"})
		self.assertEqual((answer["app"], answer["site_url"]), ("event_streaming", "https://here.example"))

	def test_guests_are_limited(self):
		with patch.dict(frappe.conf, {"event_streaming_guest_limit": 3}):
			for name in GUEST_FUNCTIONS:
				frappe.cache.delete_keys("rl:")
				with calling(API + name), self.assertRaises(frappe.RateLimitExceededError):
					frappe.form_dict.cmd = f"event_streaming.api.{name}"
					for _ in range(4):
						self.ignoring(frappe.ValidationError, getattr(api, name))
			frappe.cache.delete_keys("rl:")

	def test_nothing_is_given_before_a_doctype_is_approved(self):
		for status in ("Pending", "Rejected"):
			self.set_row(status=status)
			for name, arguments in (
				("get_documents", {"documents": [["ToDo", "x"]]}),
				("find_documents", {"doctype": "ToDo"}),
				("describe_doctype", {"doctype": "ToDo"}),
				("list_documents", {"doctype": "ToDo"}),
				("summarise_documents", {"doctype": "ToDo", "fields": {}}),
			):
				with self.subTest(f"{name} {status}"):
					self.assertRaises(RegistrationRefused, self.call, name, arguments)

	def test_what_never_leaves_a_site_is_missing_as_what_is_not_there(self):
		asked = [
			["User", "Administrator"],
			["System Settings", "System Settings"],
			["Nope", "x"],
			["ToDo", "nope"],
		]
		answer = self.call("get_documents", {"documents": asked})
		self.assertEqual(answer["documents"], [])
		self.assertCountEqual(answer["missing"], asked)
		self.assertEqual(self.call("find_documents", {"doctype": "User"}), {"names": []})
		self.assertEqual(self.call("find_documents", {"doctype": "Nope"}), {"names": []})

	def test_fields_are_described_without_passwords_and_layout(self):
		self.give_role("System Manager")
		fields = self.call("describe_doctype", {"doctype": "ToDo"})
		names = [field["fieldname"] for field in fields]
		self.assertIn("description", names)
		self.assertNotIn("section_break_2", names)
		self.assertFalse(
			{field["fieldtype"] for field in fields} & {"Password", "Section Break", "Column Break"}
		)

	def test_fields_of_rows_are_described_with_their_table(self):
		self.give_role("System Manager")
		self.set_row(ref_doctype="Contact")
		fields = {
			field["fieldname"]: field for field in self.call("describe_doctype", {"doctype": "Contact"})
		}
		self.assertIn("email_id", [field["fieldname"] for field in fields["email_ids"]["fields"]])

	def test_filters_ask_only_about_fields_that_the_subscriber_may_read(self):
		self.give_role("System Manager")
		self.assertIsInstance(
			self.call("find_documents", {"doctype": "ToDo", "filters": {"status": "Open"}}), dict
		)
		with patch("event_streaming.link.arguments.get_permitted_fields", return_value=["status"]):
			self.assertRaises(
				frappe.ValidationError,
				self.call,
				"find_documents",
				{"doctype": "ToDo", "filters": {"description": "x"}},
			)

	def test_an_acknowledged_position_is_noted(self):
		contact.acknowledge(self.consumer.name, 7, "k7")
		self.assertEqual(self.contact()[:2], (7, "k7"))

	def test_an_idle_consumer_is_noted_once_a_minute(self):
		contact.acknowledge(self.consumer.name, 7, "k7")
		with patch.object(frappe.db, "set_value") as written:
			contact.acknowledge(self.consumer.name, 7, "k7")
		written.assert_not_called()
		long_ago = add_to_date(now_datetime(), seconds=-contact.CONTACT_INTERVAL - 1)
		frappe.db.set_value("Event Consumer", self.consumer.name, "last_contact", long_ago)
		contact.acknowledge(self.consumer.name, 7, "k7")
		self.assertGreater(self.contact()[2], long_ago)

	def test_acknowledging_does_not_disturb_somebody_who_edits_the_consumer(self):
		before = frappe.db.get_value("Event Consumer", self.consumer.name, "modified")
		contact.acknowledge(self.consumer.name, 8, "k8")
		self.assertEqual(frappe.db.get_value("Event Consumer", self.consumer.name, "modified"), before)

	def contact(self) -> tuple:
		return frappe.db.get_value(
			"Event Consumer", self.consumer.name, ["position", "event_key", "last_contact"]
		)

	def set_row(self, **values) -> None:
		frappe.db.set_value("Event Consumer Document Type", {"parent": self.consumer.name}, values)

	def give_role(self, role: str) -> None:
		user = self.consumer.event_subscriber
		frappe.get_doc("User", user).add_roles(role)
		self.addCleanup(frappe.clear_cache, user=user)

	def ignoring(self, expected: type, function) -> None:
		try:
			function()
		except frappe.RateLimitExceededError:
			raise
		except expected:
			pass
