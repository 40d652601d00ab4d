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


@pytest.mark.bench
def test_whatever_people_did_with_its_icon_and_sidebar_goes_with_it(backend, plain_site):
	before = plain_site.call("inventory")
	backend.install_app(plain_site, "event_streaming")
	plain_site.call("support.launcher:arrange_desk_by_hand")
	backend.uninstall_app(plain_site, "event_streaming")
	left = differences(before, plain_site.call("inventory"))
	assert not left, "\n".join(left)
	is_16 = plain_site.call("support.launcher:version") >= 16
	arranged = plain_site.call("support.launcher:arranged")
	assert arranged == {"layout": ["Framework"] if is_16 else [], "user": "", "site": ""}


def test_it_can_be_installed_again(backend, plain_site):
	backend.install_app(plain_site, "event_streaming")
	assert "Event Producer" in plain_site.call("inventory")["DocType"]
	assert plain_site.value("Update Log Head", "head", "epoch")


def test_a_new_site_has_an_epoch_an_empty_log_and_no_links(third):
	assert third.value("Update Log Head", "head", "epoch")
	for doctype in ("Update Log", "Event Producer", "Event Consumer", "Event Sync Log"):
		assert third.call("count", doctype=doctype) == 0


@pytest.mark.bench
def test_a_tile_among_the_apps_of_16_leads_to_the_workspace(third):
	routes = [tile["route"] for tile in third.call("support.launcher:tiles")]
	assert routes == (["/desk/event-streaming"] if third.call("support.launcher:version") >= 16 else [])
	third.call("make_user", email="test-nobody@example.com", roles=["Shop User"])
	assert third.call("support.launcher:tiles", as_user="test-nobody@example.com") == []


@pytest.fixture
def desk_of_16(third):
	if third.call("support.launcher:version") < 16:
		pytest.skip("icons and sidebars of apps are new in Frappe 16")
	return third


@pytest.mark.bench
def test_the_sidebar_has_all_lists_of_the_app(desk_of_16):
	links = desk_of_16.call("support.launcher:sidebar_links")
	assert links[0] == ["Workspace", "Event Streaming"]
	lists = [name for link_type, name in links if link_type == "DocType"]
	assert sorted(lists) == sorted(desk_of_16.call("support.launcher:own_lists"))


@pytest.mark.bench
def test_an_icon_and_a_sidebar_that_16_made_up_are_replaced_by_the_apps_own(desk_of_16):
	ours = {"app": "event_streaming", "standard": 1}
	desk_of_16.call("support.launcher:forget_icon_and_sidebar_as_16_makes_them_up")
	assert ours not in desk_of_16.call("support.launcher:records")
	desk_of_16.call("support.launcher:update")
	assert desk_of_16.call("support.launcher:records") == [ours, ours]
