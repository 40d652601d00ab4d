"""What the web server answers: methods, documents, errors, logins."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from types import SimpleNamespace

import pytest

from conformance.words import RECORD, TARGET, VOUCHER


class Caller:
	def __init__(self, url: str, headers: dict | None = None):
		self.url = url
		self.headers = headers or {}

	def __call__(self, method: str, path: str, body: dict | None = None, **query) -> SimpleNamespace:
		"""The answer's `status`, `body` (JSON) and `headers`."""
		values = {key: value if isinstance(value, str) else json.dumps(value) for key, value in query.items()}
		url = self.url + urllib.parse.quote(path) + (f"?{urllib.parse.urlencode(values)}" if values else "")
		data = None if body is None else json.dumps(body).encode()
		headers = {"Content-Type": "application/json", "Accept": "application/json", **self.headers}
		request = urllib.request.Request(url, data=data, method=method, headers=headers)
		try:
			answer = urllib.request.urlopen(request, timeout=30)
		except urllib.error.HTTPError as error:
			answer = error
		with answer:
			return SimpleNamespace(
				status=answer.status, body=json.loads(answer.read()), headers=answer.headers
			)


def messages(answer: SimpleNamespace) -> list[str]:
	return [
		json.loads(message)["message"] for message in json.loads(answer.body.get("_server_messages", "[]"))
	]


@pytest.fixture(scope="module")
def site(backend):
	site = next(iter(backend.sites.values()))
	site.account = SimpleNamespace(**site.call("conformance.web:prepare"))
	yield site
	site.call("conformance.web:clear")


@pytest.fixture
def guest(site):
	return Caller(site.url)


@pytest.fixture
def user(site):
	site.call("conformance.web:clear")
	return Caller(site.url, {"Authorization": f"token {site.account.token}"})


def test_a_method_answers_with_its_result_as_message(guest):
	answer = guest("GET", "/api/method/ping")
	assert (answer.status, answer.body) == (200, {"message": "pong"})


def test_a_method_takes_arguments_from_the_body_and_from_the_query(user):
	user("POST", f"/api/resource/{TARGET}", {"label": "Alpha", "color": "red"})
	for answer in (
		user(
			"GET",
			"/api/method/frappe.client.get_value",
			doctype=TARGET,
			fieldname="color",
			filters={"name": "Alpha"},
		),
		user(
			"POST",
			"/api/method/frappe.client.get_value",
			{"doctype": TARGET, "fieldname": "color", "filters": {"name": "Alpha"}},
		),
	):
		assert answer.body == {"message": {"color": "red"}}


def test_a_method_that_is_not_there_is_an_error(user):
	answer = user("POST", "/api/method/frappe.client.no_such_function", {})
	assert (answer.status, answer.body["exc_type"]) == (417, "ValidationError")
	assert messages(answer)[0].startswith("Failed to get method for command frappe.client.no_such_function")


def test_a_function_that_is_not_whitelisted_is_refused(user):
	answer = user("POST", "/api/method/frappe.utils.get_url", {})
	assert (answer.status, answer.body["exc_type"]) == (403, "PermissionError")


def test_guests_may_call_only_what_is_open_to_them(guest):
	answer = guest("POST", "/api/method/frappe.client.get_list", {"doctype": TARGET})
	assert (answer.status, answer.body["exc_type"]) == (403, "PermissionError")


def test_functions_that_write_are_refused_to_get(user):
	answer = user("GET", "/api/method/frappe.client.insert", doc={"doctype": TARGET, "label": "Alpha"})
	assert (answer.status, answer.body["exc_type"]) == (403, "PermissionError")


def test_arguments_of_a_wrong_type_are_refused(user):
	answer = user("POST", "/api/method/frappe.rename_doc", {"doctype": TARGET, "old": ["a"], "new": {"b": 1}})
	assert (answer.status, answer.body["exc_type"]) == (417, "FrappeTypeError")
	# Frappe 16 says in which function, and that a number would do.
	assert re.search(
		r"Argument 'old' (in 'frappe.rename_doc' )?should be of type 'str( \| int)?' but got 'list' instead\.",
		answer.body["exception"],
	)


def test_an_api_key_names_its_user(user, site):
	assert user("GET", "/api/method/frappe.auth.get_logged_user").body == {"message": site.account.user}


@pytest.mark.parametrize("token", ["token nobody:nothing", "Basic bm9ib2R5Om5vdGhpbmc=", "Unknown scheme"])
def test_an_unknown_key_is_refused(site, token):
	answer = Caller(site.url, {"Authorization": token})("GET", "/api/method/ping")
	assert (answer.status, answer.body["exc_type"]) == (401, "AuthenticationError")


def test_a_login_gives_a_session(guest, site):
	answer = guest("POST", "/api/method/login", {"usr": site.account.user, "pwd": site.account.password})
	assert (answer.status, answer.body["message"]) == (200, "Logged In")
	cookies = dict(part.split(";")[0].split("=", 1) for part in answer.headers.get_all("Set-Cookie"))
	session = Caller(site.url, {"Cookie": f"sid={cookies['sid']}"})
	assert session("GET", "/api/method/frappe.auth.get_logged_user").body == {"message": site.account.user}
	session("POST", "/api/method/logout", {})
	assert session("GET", "/api/method/frappe.auth.get_logged_user").status == 403


def test_a_wrong_password_is_refused(guest, site):
	answer = guest("POST", "/api/method/login", {"usr": site.account.user, "pwd": "wrong"})
	assert (answer.status, answer.body["exc_type"], answer.body["message"]) == (
		401,
		"AuthenticationError",
		"Invalid login credentials",
	)


def test_an_unknown_session_is_a_guest(site):
	answer = Caller(site.url, {"Cookie": "sid=nothing"})("GET", "/api/method/frappe.auth.get_logged_user")
	assert (answer.status, answer.body.get("session_expired")) == (403, 1)


def test_documents_are_made_read_changed_and_deleted(user, site):
	made = user("POST", f"/api/resource/{TARGET}", {"label": "Alpha", "color": "red"})
	assert (made.status, made.body["data"]["name"], made.body["data"]["doctype"]) == (200, "Alpha", TARGET)
	assert user("GET", f"/api/resource/{TARGET}/Alpha").body["data"]["color"] == "red"
	changed = user("PUT", f"/api/resource/{TARGET}/Alpha", {"color": "blue"})
	assert (changed.status, changed.body["data"]["color"]) == (200, "blue")
	deleted = user("DELETE", f"/api/resource/{TARGET}/Alpha")
	assert (deleted.status, deleted.body) == (202, {"data": "ok"})
	assert not site.call("conformance.web:exists", doctype=TARGET, name="Alpha")


def test_values_that_are_none_are_left_out_of_documents(user):
	user("POST", f"/api/resource/{TARGET}", {"label": "Alpha"})
	assert "color" not in user("GET", f"/api/resource/{TARGET}/Alpha").body["data"]


def test_documents_have_their_rows(user):
	made = user("POST", f"/api/resource/{RECORD}", {"title": "A", "rows": [{"item": "a"}, {"item": "b"}]})
	read = user("GET", f"/api/resource/{RECORD}/{made.body['data']['name']}").body["data"]
	assert [(row["idx"], row["item"]) for row in read["rows"]] == [(1, "a"), (2, "b")]


def test_times_and_numbers_are_written_like_this(user, backend):
	values = {
		"title": "A",
		"day": "2024-01-02",
		"moment": "2024-01-02 03:04:05",
		"clock": "06:07:08",
		"amount": 1.5,
		"flag": 0,
	}
	name = user("POST", f"/api/resource/{RECORD}", values).body["data"]["name"]
	read = user("GET", f"/api/resource/{RECORD}/{name}").body["data"]
	is_padded = backend.db_type == "postgres" or backend.is_frappe_on_sqlite
	clock = values["clock"] if is_padded else "6:07:08"
	assert {key: read[key] for key in values} == {**values, "clock": clock}


def test_a_list_has_names_and_at_most_twenty(user):
	for number in range(21):
		user("POST", f"/api/resource/{TARGET}", {"label": f"T{number:02}"})
	answer = user("GET", f"/api/resource/{TARGET}")
	assert (len(answer.body["data"]), set(answer.body["data"][0])) == (20, {"name"})
	assert len(user("GET", f"/api/resource/{TARGET}", limit_page_length=0).body["data"]) in (20, 21)


def test_a_list_has_fields_filters_and_an_order(user):
	for label, color in (("Alpha", "red"), ("Beta", "blue"), ("Gamma", "red")):
		user("POST", f"/api/resource/{TARGET}", {"label": label, "color": color})
	answer = user(
		"GET",
		f"/api/resource/{TARGET}",
		fields=["name", "color"],
		filters=[["color", "=", "red"]],
		order_by="name desc",
	)
	assert answer.body["data"] == [{"name": "Gamma", "color": "red"}, {"name": "Alpha", "color": "red"}]


def test_what_is_not_there_is_404(user):
	answer = user("GET", f"/api/resource/{TARGET}/nobody")
	assert (answer.status, answer.body["exc_type"]) == (404, "DoesNotExistError")
	assert user("DELETE", f"/api/resource/{TARGET}/nobody").status == 404
	assert user("GET", "/api/nothing").status == 404


def test_a_refused_document_tells_why(user, site):
	answer = user("POST", f"/api/resource/{RECORD}", {"title": "A", "status": "Ajar"})
	assert (answer.status, answer.body["exc_type"]) == (417, "ValidationError")
	assert "Status cannot be" in messages(answer)[0]
	assert "ValidationError" in answer.body["exception"]


def test_a_missing_field_is_417(user):
	answer = user("POST", f"/api/resource/{RECORD}", {})
	assert (answer.status, answer.body["exc_type"]) == (417, "MandatoryError")


def test_a_taken_name_is_409(user, backend):
	if backend.db_type == "postgres":
		pytest.skip("Frappe's own message asks the database, which answers nothing more after the failure")
	if backend.is_frappe_on_sqlite:
		pytest.skip("of a unique field and the name, SQLite names the field")
	user("POST", f"/api/resource/{TARGET}", {"label": "Alpha"})
	answer = user("POST", f"/api/resource/{TARGET}", {"label": "Alpha"})
	assert (answer.status, answer.body["exc_type"]) == (409, "DuplicateEntryError")


def test_what_the_user_may_not_is_403(guest, user):
	assert guest("GET", f"/api/resource/{TARGET}").status == 403
	answer = user("GET", "/api/resource/Error Log")
	assert (answer.status, answer.body["exc_type"]) == (403, "PermissionError")


def test_a_request_that_fails_leaves_nothing(user, site):
	docs = [{"doctype": TARGET, "label": "Alpha"}, {"doctype": TARGET, "label": ""}]
	answer = user("POST", "/api/method/frappe.client.insert_many", {"docs": docs})
	assert answer.status == 417
	assert not site.call("conformance.web:exists", doctype=TARGET, name="Alpha")


def test_whitelisted_methods_of_documents_can_be_called(user):
	name = user("POST", f"/api/resource/{VOUCHER}", {"title": "A"}).body["data"]["name"]
	answer = user("POST", f"/api/resource/{VOUCHER}/{name}", {"run_method": "submit"})
	assert answer.status == 200
	assert user("GET", f"/api/resource/{VOUCHER}/{name}").body["data"]["docstatus"] == 1


def test_other_methods_of_documents_can_not_be_called(user):
	name = user("POST", f"/api/resource/{VOUCHER}", {"title": "A"}).body["data"]["name"]
	answer = user(
		"POST",
		f"/api/resource/{VOUCHER}/{name}",
		{"run_method": "db_set", "fieldname": "title", "value": "B"},
	)
	assert (answer.status, answer.body["exc_type"]) == (403, "PermissionError")


def test_secrets_are_asterisks(user):
	name = user("POST", f"/api/resource/{RECORD}", {"title": "A", "secret": "geheim"}).body["data"]["name"]
	assert user("GET", f"/api/resource/{RECORD}/{name}").body["data"]["secret"] == "******"


def test_fields_above_the_users_level_are_left_out(user):
	name = user("POST", f"/api/resource/{RECORD}", {"title": "A", "internal": "x"}).body["data"]["name"]
	assert "internal" not in user("GET", f"/api/resource/{RECORD}/{name}").body["data"]


def test_files_bodies_that_are_no_json_are_an_error(site):
	request = urllib.request.Request(
		f"{site.url}/api/method/ping", data=b"{", headers={"Content-Type": "application/json"}
	)
	with pytest.raises(urllib.error.HTTPError) as error:
		urllib.request.urlopen(request, timeout=30)
	assert error.value.code >= 400


def test_rows_of_tables_are_not_listed_without_their_parent(user):
	assert user("GET", "/api/resource/Conformance Row").status == 403
