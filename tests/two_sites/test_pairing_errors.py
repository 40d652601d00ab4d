"""What goes wrong when a link is set up: nothing is saved, and each error says which and what to do."""

import pytest

from support.compare import assert_same
from support.link import connect, drain
from support.processes import LOOPBACK, free_port
from support.site import SiteError
from support.web_servers import web_server, web_stopped

NOTE = "Shop Note"


class TestErrors:
	def refused(self, consumer, producer_url, **values) -> SiteError:
		"""What the administrator reads who tries to subscribe to `producer_url`; nothing is saved."""
		rows = [{"ref_doctype": NOTE, "use_same_name": 1}]
		with pytest.raises(SiteError) as refused:
			consumer.call("save_event_producer", producer_url=producer_url, **{"rows": rows, **values})
		assert consumer.names("Event Producer") == []
		assert consumer.names("Event Stream Cursor") == []
		return refused.value

	def test_a_producer_that_is_off(self, branch):
		url = f"http://{LOOPBACK}:{free_port()}"
		error = self.refused(branch, url)
		assert error.type == "ConnectionFailed"
		assert url in error.message and "web server running" in error.message

	def test_a_producer_whose_name_is_not_known(self, branch):
		error = self.refused(branch, "http://no-such-host.example")
		assert error.type == "ConnectionFailed"
		assert "no-such-host.example" in error.message and "spelling" in error.message

	def test_a_producer_that_is_no_frappe(self, branch):
		with web_server(200, "text/html", "<html>Welcome</html>") as url:
			error = self.refused(branch, url)
		assert error.type == "NotFrappe"
		assert url in error.message and "Check the URL" in error.message

	def test_a_producer_that_answers_with_json_of_another_kind(self, branch):
		with web_server(200, "application/json", '{"hello": "world"}') as url:
			error = self.refused(branch, url)
		assert url in error.message

	def test_a_producer_that_redirects(self, branch):
		with web_server(301, "text/html", "", Location="https://elsewhere.example.com/") as url:
			error = self.refused(branch, url)
		assert error.type == "WrongSite"
		assert "https://elsewhere.example.com" in error.message

	def test_a_producer_with_an_error_page(self, branch):
		with web_server(502, "text/html", "<html>Bad Gateway</html>") as url:
			error = self.refused(branch, url)
		assert url in error.message and "502" in error.message

	def test_a_producer_without_this_app(self, branch, bare_site):
		error = self.refused(branch, bare_site.url)
		assert error.type == "AppMissing"
		assert bare_site.url in error.message and "install-app event_streaming" in error.message

	def test_a_producer_without_the_user(self, hq, branch):
		branch.call("make_user", email="test-here-only@example.com", roles=["System Manager"])
		error = self.refused(branch, hq.url, event_subscriber="test-here-only@example.com")
		assert error.type == "SubscriberMissing"
		assert hq.url in error.message and "test-here-only@example.com" in error.message
		assert hq.names("Event Consumer") == []

	def test_a_producer_where_the_user_is_disabled(self, hq, branch):
		hq.call("disable_user", email="streamer@example.com")
		error = self.refused(branch, hq.url)
		assert error.type == "SubscriberMissing"
		assert "enabled" in error.message

	def test_a_producer_that_calls_itself_by_another_name(self, hq, branch):
		hq.configure(host_name="https://erp.example.com")
		error = self.refused(branch, hq.url)
		assert error.type == "WrongSite"
		assert hq.url in error.message and "https://erp.example.com" in error.message
		assert "host_name" in error.message

	def test_a_producer_without_the_doctype(self, hq, branch):
		rows = [
			{"ref_doctype": "Shop Client", "use_same_name": 1, "has_mapping": 1, "mapping": "Unknown there"}
		]
		branch.insert(
			"Document Type Mapping",
			mapping_name="Unknown there",
			local_doctype="Shop Client",
			remote_doctype="Shop Unknown",
			field_mapping=[{"local_fieldname": "client_name", "remote_fieldname": "title"}],
		)
		error = self.refused(branch, hq.url, rows=rows)
		assert error.type == "RegistrationRefused"
		assert hq.url in error.message and "Shop Unknown" in error.message

	def test_a_producer_that_cannot_call_back(self, hq, branch):
		callback_url = f"http://{LOOPBACK}:{free_port()}"
		error = self.refused(branch, hq.url, callback_url=callback_url)
		assert error.type == "RegistrationRefused"
		assert callback_url in error.message
		assert hq.names("Event Consumer") == []

	def test_a_callback_url_of_somebody_else(self, hq, branch, third):
		error = self.refused(branch, hq.url, callback_url=third.url)
		assert error.type == "RegistrationRefused"
		assert hq.names("Event Consumer") == []

	def test_this_site_itself(self, branch):
		assert "this site" in self.refused(branch, branch.url).message

	@pytest.mark.parametrize(
		"url", ["ftp://example.com", "example.com", "http://user:secret@example.com", "http://"]
	)
	def test_what_is_no_url_of_a_site(self, branch, url):
		assert self.refused(branch, url).type == "UrlNotAllowed"

	def test_a_private_network_that_is_not_allowed(self, hq, branch):
		branch.configure(event_streaming_allow_private_network=None, developer_mode=0)
		error = self.refused(branch, hq.url)
		assert error.type == "UrlNotAllowed"
		assert "Allow Private Networks" in error.message

	@pytest.mark.parametrize(
		"doctype", ["User", "Server Script", "System Settings", "Shop Invoice Item", "Event Producer"]
	)
	def test_doctypes_that_are_never_streamed(self, hq, branch, doctype):
		error = self.refused(branch, hq.url, rows=[{"ref_doctype": doctype, "use_same_name": 1}])
		assert doctype in error.message

	def test_a_condition_that_is_no_filter(self, hq, branch):
		rows = [{"ref_doctype": NOTE, "use_same_name": 1, "condition": "doc.status == 'Open'"}]
		assert "Condition" in self.refused(branch, hq.url, rows=rows).message

	def test_one_doctype_twice(self, hq, branch):
		rows = [{"ref_doctype": NOTE, "use_same_name": 1}, {"ref_doctype": NOTE, "use_same_name": 1}]
		with pytest.raises(SiteError, match="both"):
			branch.insert(
				"Event Producer",
				producer_url=hq.url,
				event_subscriber="streamer@example.com",
				producer_doctypes=rows,
			)

	def test_after_the_trouble_is_fixed_subscribing_works(self, hq, branch, backend):
		with web_stopped(backend, hq):
			assert self.refused(branch, hq.url).type == "ConnectionFailed"
		connect(branch, hq, [NOTE])
		name = hq.create(NOTE)["name"]
		drain(branch, hq)
		assert_same(hq, branch, NOTE, name)


@pytest.fixture(scope="module")
def bare_site(backend):
	site = backend.make_site_without_app("bare.localhost")
	yield site
	backend.stop_process(site.web)
