"""Installing the app on a site and taking it off again."""

import pytest

from support.compare import differences


@pytest.fixture(scope="module")
def plain_site(backend):
	"""A site of Frappe alone."""
	site = backend.make_site_without_app("plain.localhost")
	yield site
	backend.stop_process(site.web)


def test_the_app_is_installed_and_uninstalled_without_a_trace(backend, plain_site):
	before = plain_site.call("inventory")
	backend.install_app(plain_site, "event_streaming")
	installed = plain_site.call("inventory")
	assert "Event Producer" in installed["DocType"]
	assert "tabUpdate Log" in installed["tables"]
	plain_site.call("ensure_custom_fields", doctype="Note")
	assert "remote_site_name" in plain_site.call("inventory")["tables"]["tabNote"]
	backend.uninstall_app(plain_site, "event_streaming")
	left = differences(before, plain_site.call("inventory"))
	assert not left, "\n".join(left)


def test_it_can_be_installed_again(backend, plain_site):
	backend.install_app(plain_site, "event_streaming")
	assert "Event Producer" in plain_site.call("inventory")["DocType"]
	assert plain_site.value("Update Log Head", "head", "epoch")


def test_a_new_site_has_an_epoch_an_empty_log_and_no_links(third):
	assert third.value("Update Log Head", "head", "epoch")
	for doctype in ("Update Log", "Event Producer", "Event Consumer", "Event Sync Log"):
		assert third.call("count", doctype=doctype) == 0
