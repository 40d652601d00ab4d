"""Sites that were made from one backup: their rows have equal names, here all of them have a place."""

from support.compare import snapshot
from support.link import connect, drain

TICKET = "Shop Ticket"
CREATE = "support.identities:create_with_row_names"
ROWS = "support.identities:row_names"


def here(branch, producer, name: str) -> str:
	[found] = branch.names(TICKET, remote_site_name=producer.url, remote_document_name=name)
	return found


def test_rows_of_two_producers_with_the_names_of_rows_that_are_here(hq, branch, third):
	rows = ["row-a", "row-b"]
	for producer in (hq, third):
		connect(branch, producer, [TICKET], use_same_name=False)
	branch.call(CREATE, doctype=TICKET, table="related_tickets", row_names=rows)
	names = {
		site: site.call(CREATE, doctype=TICKET, table="related_tickets", row_names=rows)
		for site in (hq, third)
	}
	assert drain(branch, hq, third)["failed"] == 0
	kept = {
		name
		for site in names
		for name in branch.call(
			ROWS, doctype=TICKET, name=here(branch, site, names[site]), table="related_tickets"
		)
	}
	assert len(kept | set(rows)) == 6
	for site, name in names.items():
		site.call("update_row", doctype=TICKET, name=name, table="related_tickets", row=2, relation="Blocks")
		site.call("remove_row", doctype=TICKET, name=name, table="related_tickets", row=1)
		site.call("append_row", doctype=TICKET, name=name, table="related_tickets", relation="Follows")
	assert drain(branch, hq, third)["failed"] == 0
	for site, name in names.items():
		found = snapshot(branch, TICKET, here(branch, site, name))["related_tickets"]
		assert [row["relation"] for row in found] == ["Blocks", "Follows"]
