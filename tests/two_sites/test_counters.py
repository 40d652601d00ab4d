"""Names that came from elsewhere and this site's counters: the next document made here gets a name of its own."""

from support.compare import assert_same
from support.link import connect, drain

INVOICE, TICKET, TASK = "Shop Invoice", "Shop Ticket", "Shop Article Task"


def test_the_next_local_insert(hq, branch):
	connect(branch, hq, [INVOICE])
	for _number in range(3):
		hq.create(INVOICE)
	drain(branch, hq)
	assert branch.create(INVOICE)["name"] == "SINV-00004"


def test_a_dependency(hq, branch):
	connect(branch, hq, [INVOICE])
	hq.create(TICKET)
	ticket = hq.create(TICKET)["name"]
	hq.create(INVOICE, party_type=TICKET, party=ticket)
	drain(branch, hq)
	assert branch.names(TICKET) == [ticket]
	assert branch.create(TICKET)["name"] == "TICKET-00003"


def test_a_rename_and_a_backfill(hq, branch):
	for _number in range(4):
		last = hq.create(TICKET)["name"]
	connect(branch, hq, [TICKET])
	branch.call("backfill", producer_url=hq.url)
	assert branch.create(TICKET)["name"] == "TICKET-00005"
	assert last == "TICKET-00004"


def test_a_number_from_before_moves_nothing_back(hq, branch):
	for _number in range(5):
		branch.create(TICKET)
	branch.delete(TICKET, "TICKET-00001")
	connect(branch, hq, [TICKET])
	hq.create(TICKET)
	drain(branch, hq)
	assert branch.create(TICKET)["name"] == "TICKET-00006"


def test_a_series_of_this_site_for_its_own_names(hq, branch):
	for prop, value in (("options", "BR-.#####\nSINV-.#####"), ("default", "BR-.#####")):
		branch.call(
			"set_property", doctype=INVOICE, fieldname="naming_series", prop=prop, value=value, kind="Text"
		)
	connect(branch, hq, [INVOICE], use_same_name=False)
	there = hq.create(INVOICE)["name"]
	assert drain(branch, hq)["failed"] == 0
	[here] = branch.names(INVOICE)
	assert here == "BR-00001"
	hq.update(INVOICE, there, notes="later")
	assert drain(branch, hq)["failed"] == 0
	assert branch.value(INVOICE, here, "naming_series") == "BR-.#####"
	assert_same(hq, branch, INVOICE, there, here, except_fields=("naming_series",))


def test_a_failed_event_leaves_a_gap_at_most(hq, branch):
	connect(branch, hq, [TICKET])
	branch.create(TICKET)
	hq.create(TICKET)  # that name is taken
	hq.create(TICKET)
	assert drain(branch, hq)["failed"] == 1
	assert branch.create(TICKET)["name"] == "TICKET-00003"
