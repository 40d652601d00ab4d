"""`bench --site SITE event-streaming pull` and `status`."""

import pytest

from support.compare import assert_same
from support.link import connect
from support.processes import LOOPBACK, free_port


@pytest.fixture(autouse=True)
def link(hq, branch):
	connect(branch, hq, ["Shop Note"])


def test_pull_runs_until_nothing_is_left_and_prints_a_summary(backend, hq, branch):
	branch.configure(shop_reject_poison=1)
	names = [hq.create("Shop Note")["name"] for _ in range(120)]
	hq.create("Shop Note", title="POISON")
	printed = backend.run_command(branch, "event-streaming", "pull")
	assert hq.url in printed
	assert "120 synced, 1 failed" in printed
	assert "Shop Note: 121" in printed
	for name in names[::20]:
		assert_same(hq, branch, "Shop Note", name)


def test_pull_from_one_producer_leaves_the_others_alone(backend, hq, branch, third):
	connect(branch, third, ["Shop Territory"])
	note, territory = hq.create("Shop Note")["name"], third.create("Shop Territory")["name"]
	backend.run_command(branch, "event-streaming", "pull", "--producer", hq.url + "/")
	assert branch.exists("Shop Note", note)
	assert not branch.exists("Shop Territory", territory)


def test_pull_from_an_unknown_producer_fails_and_names_it(backend, branch):
	url = f"http://{LOOPBACK}:{free_port()}"
	with pytest.raises(RuntimeError, match=url):
		backend.run_command(branch, "event-streaming", "pull", "--producer", url)


def test_pull_from_a_producer_that_is_off_fails_and_says_so(backend, hq, branch):
	backend.stop_process(hq.web)
	try:
		with pytest.raises(RuntimeError, match="refuses connections"):
			backend.run_command(branch, "event-streaming", "pull")
	finally:
		hq.web = backend.start_web(hq)


def test_status_prints_lag_failures_and_parked_documents_of_each_link(backend, hq, branch):
	branch.configure(shop_reject_poison=1)
	hq.create("Shop Note", title="POISON")
	backend.run_command(branch, "event-streaming", "pull")
	printed = backend.run_command(branch, "event-streaming", "status")
	[line] = [line for line in printed.splitlines() if hq.url in line]
	assert "receives from" in line and "Streaming" in line
	assert line.split(hq.url)[1].split()[:6] == ["Streaming", "0", "0", "s", "1", "1"]
	there = backend.run_command(hq, "event-streaming", "status")
	assert "sends to" in there and branch.url in there


def test_status_of_a_site_without_links_says_so(backend, third):
	assert "no links" in backend.run_command(third, "event-streaming", "status")
