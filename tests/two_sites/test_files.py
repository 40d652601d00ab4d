"""Files of streamed documents come along: by their hash, in slices, once, and only where the row says so."""

import pytest

from support.attachments import ATTACH, FETCH, FILES, ON_DISK, REMOTE_FILE, brought, remote_files, row
from support.link import connect, drain, parked, subscribe, sync_logs, update_logs

SAMPLER, NOTE, TICKET = "Shop Field Sampler", "Shop Note", "Shop Ticket"


@pytest.fixture
def notes(hq, branch):
	connect(branch, hq, [row(NOTE)])
	return hq.create(NOTE)["name"]


class TestAttached:
	def test_to_a_document_and_to_one_that_is_here(self, hq, branch, notes):
		first = hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-a.txt", content="first")
		brought(branch, hq)
		second = hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-b.bin", random_bytes=3000)
		brought(branch, hq)
		files = branch.call(FILES, doctype=NOTE, name=notes)
		assert [file["file_name"] for file in files] == ["test-a.txt", "test-b.bin"]
		assert [file["sha256"] for file in files] == [first["sha256"], second["sha256"]]
		assert [file["status"] for file in remote_files(branch)] == ["Here", "Here"]

	def test_private_ones_are_private(self, hq, branch, notes):
		hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-open.txt", content="open")
		hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-secret.txt", content="secret", private=1)
		brought(branch, hq)
		found = {file["file_name"]: file for file in branch.call(FILES, doctype=NOTE, name=notes)}
		assert [found[name]["is_private"] for name in ("test-open.txt", "test-secret.txt")] == [0, 1]
		assert found["test-secret.txt"]["file_url"].startswith("/private/files/")

	def test_by_own_names_to_the_right_document(self, hq, branch):
		branch.create(TICKET)
		connect(branch, hq, [row(TICKET, use_same_name=0)])
		tickets = [hq.create(TICKET)["name"] for _number in range(2)]
		hq.call(ATTACH, doctype=TICKET, name=tickets[1], file_name="test-t.txt", content="of the second")
		brought(branch, hq)
		[local] = branch.names(TICKET, remote_document_name=tickets[1])
		assert local != tickets[1]
		assert [file["file_name"] for file in branch.call(FILES, doctype=TICKET, name=local)] == [
			"test-t.txt"
		]

	def test_a_link_stays_a_link(self, hq, branch, notes):
		url = "https://example.com/manual.pdf"
		hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-manual", url=url)
		summary = brought(branch, hq)
		[file] = branch.call(FILES, doctype=NOTE, name=notes)
		assert (file["file_url"], summary["calls"].get("read_file")) == (url, None)

	def test_by_a_job_after_the_pull(self, hq, branch, notes):
		hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-job.txt", content="by a job")
		drain(branch, hq)
		branch.call("run_jobs")
		assert [file["file_name"] for file in branch.call(FILES, doctype=NOTE, name=notes)] == [
			"test-job.txt"
		]


class TestOff:
	def test_nothing_comes_and_nothing_is_logged(self, hq, branch):
		connect(branch, hq, [NOTE])
		name = hq.create(NOTE)["name"]
		logged = len(update_logs(hq))
		hq.call(ATTACH, doctype=NOTE, name=name, file_name="test-a.txt", content="first")
		assert len(update_logs(hq)) == logged
		brought(branch, hq)
		assert branch.call(FILES, doctype=NOTE, name=name) == []

	def test_switched_on_it_waits_for_approval_and_then_a_backfill_brings_them(self, hq, branch):
		connect(branch, hq, [NOTE])
		name = hq.create(NOTE)["name"]
		hq.call(ATTACH, doctype=NOTE, name=name, file_name="test-a.txt", content="first")
		drain(branch, hq)
		subscribe(branch, hq, [row(NOTE)])
		hq.update(NOTE, name, title="changed")
		brought(branch, hq)
		assert branch.get(NOTE, name)["title"] == "changed"
		assert branch.call(FILES, doctype=NOTE, name=name) == []
		[configured] = branch.get("Event Producer", hq.url)["producer_doctypes"]
		assert "has not approved" in configured["attachments_trouble"]
		hq.call("set_consumer_status", callback_url=branch.url, status="Approved")
		drain(branch, hq)
		branch.call("backfill", producer_url=hq.url, doctypes=[NOTE])
		brought(branch, hq)
		assert [file["file_name"] for file in branch.call(FILES, doctype=NOTE, name=name)] == ["test-a.txt"]
		[configured] = branch.get("Event Producer", hq.url)["producer_doctypes"]
		assert not configured["attachments_trouble"]

	def test_to_another_consumer_the_document_has_not_changed(self, hq, branch, third):
		connect(third, hq, [NOTE])
		connect(branch, hq, [row(NOTE)])
		name = hq.create(NOTE)["name"]
		drain(third, hq)
		before = third.get(NOTE, name)
		hq.call(ATTACH, doctype=NOTE, name=name, file_name="test-a.txt", content="first")
		drain(third, hq)
		assert third.get(NOTE, name) == before
		assert {log["status"] for log in sync_logs(third)} == {"Synced"}


class TestFields:
	def test_a_picture_has_the_url_of_the_file_here(self, hq, branch):
		connect(branch, hq, [row(SAMPLER)])
		branch.call(ATTACH, doctype=None, name=None, file_name="test-p.png", content="another picture")
		name = hq.create(SAMPLER)["name"]
		there = hq.call(
			ATTACH,
			doctype=SAMPLER,
			name=name,
			file_name="test-p.png",
			random_bytes=500,
			field="attach_image_field",
		)
		drain(branch, hq)
		assert branch.get(SAMPLER, name)["attach_image_field"] == hq.url + there["url"]
		brought(branch, hq)
		[file] = branch.call(FILES, doctype=SAMPLER, name=name)
		assert branch.get(SAMPLER, name)["attach_image_field"] == file["file_url"] != there["url"]
		assert (file["sha256"], file["attached_to_field"]) == (there["sha256"], "attach_image_field")
		hq.update(SAMPLER, name, data_field="another change")
		brought(branch, hq)
		assert branch.get(SAMPLER, name)["attach_image_field"] == file["file_url"]

	def test_another_picture_takes_its_place(self, hq, branch):
		connect(branch, hq, [row(SAMPLER)])
		name = hq.create(SAMPLER)["name"]
		where = {"doctype": SAMPLER, "name": name, "field": "attach_image_field"}
		old = hq.call(ATTACH, file_name="test-1.png", random_bytes=500, **where)
		brought(branch, hq)
		new = hq.call(ATTACH, file_name="test-2.png", random_bytes=500, **where)
		hq.delete("File", old["name"])
		brought(branch, hq)
		[file] = branch.call(FILES, doctype=SAMPLER, name=name)
		assert file["sha256"] == new["sha256"]
		assert branch.get(SAMPLER, name)["attach_image_field"] == file["file_url"]
		assert len(branch.call(ON_DISK)) == 1

	def test_a_file_of_the_library_in_a_field(self, hq, branch):
		connect(branch, hq, [row(SAMPLER)])
		there = hq.call(ATTACH, doctype=None, name=None, file_name="test-logo.png", content="logo")
		name = hq.create(SAMPLER, attach_field=there["url"])["name"]
		brought(branch, hq)
		[file] = branch.call(FILES, doctype=SAMPLER, name=name)
		assert branch.get(SAMPLER, name)["attach_field"] == file["file_url"]

	def test_a_link_goes_as_it_is(self, hq, branch):
		connect(branch, hq, [row(SAMPLER)])
		name = hq.create(SAMPLER, attach_field="https://example.com/a.pdf")["name"]
		brought(branch, hq)
		assert branch.get(SAMPLER, name)["attach_field"] == "https://example.com/a.pdf"


class TestOnce:
	def test_equal_content_is_fetched_and_stored_once(self, hq, branch, notes):
		other = hq.create(NOTE)["name"]
		for number, name in enumerate((notes, other)):
			hq.call(ATTACH, doctype=NOTE, name=name, file_name=f"test-{number}.txt", content="the same")
		summary = brought(branch, hq)
		assert summary["calls"]["read_file"] == 1
		assert len(branch.call(ON_DISK)) == 1
		assert [len(branch.call(FILES, doctype=NOTE, name=name)) for name in (notes, other)] == [1, 1]

	def test_what_is_here_is_not_fetched_again(self, hq, branch, notes):
		hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-a.txt", content="first")
		brought(branch, hq)
		hq.update(NOTE, notes, title="changed")
		assert brought(branch, hq)["calls"] == {"list_files": 1}


class TestRefusedAndFailed:
	def test_too_large_and_forbidden_ones_are_told_and_the_document_goes_on(self, hq, branch, notes):
		branch.update(
			"Event Streaming Settings",
			"Event Streaming Settings",
			max_file_mb=1,
			forbidden_file_types="exe\n.Bat",
		)
		hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-1.bin", random_bytes=1024 * 1024 + 1)
		hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-2.BAT", content="del")
		hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-3.txt", content="text")
		hq.update(NOTE, notes, title="changed")
		brought(branch, hq)
		assert branch.get(NOTE, notes)["title"] == "changed"
		assert [file["status"] for file in remote_files(branch)] == ["Refused", "Refused", "Here"]
		messages = [file["message"] for file in remote_files(branch)]
		assert "more than 1 MB" in messages[0] and "“bat”" in messages[1]
		assert parked(branch) == []
		branch.update(
			"Event Streaming Settings", "Event Streaming Settings", max_file_mb=2, forbidden_file_types=""
		)
		hq.update(NOTE, notes, title="changed again")
		brought(branch, hq)
		assert {file["status"] for file in remote_files(branch)} == {"Here"}

	def test_only_allowed_ones(self, hq, branch, notes):
		branch.update("Event Streaming Settings", "Event Streaming Settings", allowed_file_types="csv, png")
		hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-1.csv", content="a,b")
		hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-2.txt", content="text")
		brought(branch, hq)
		assert [file["status"] for file in remote_files(branch)] == ["Here", "Refused"]

	def test_it_goes_on_at_the_slice_that_it_had(self, hq, branch, notes):
		there = hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-big.bin", random_bytes=10_000)
		drain(branch, hq)
		cut = branch.call(FETCH, producer_url=hq.url, slice_size=1000, slices=4)
		assert "the line is cut" in cut["error"]
		assert branch.call(FILES, doctype=NOTE, name=notes) == []
		rest = branch.call(FETCH, producer_url=hq.url, slice_size=1000)
		assert (rest["error"], rest["calls"]["read_file"]) == ("", 6)
		[file] = branch.call(FILES, doctype=NOTE, name=notes)
		assert file["sha256"] == there["sha256"]
		assert len(branch.call(ON_DISK)) == 1

	def test_a_file_that_became_another_one_meanwhile_begins_anew(self, hq, branch, notes):
		there = hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-big.bin", random_bytes=10_000)
		drain(branch, hq)
		branch.call(FETCH, producer_url=hq.url, slice_size=1000, slices=4)
		hq.call("support.files:overwrite", name=there["name"], content="x" * 7000)
		rest = branch.call(FETCH, producer_url=hq.url, slice_size=1000)
		assert rest["error"] == ""
		[file] = branch.call(FILES, doctype=NOTE, name=notes)
		assert branch.call("support.files:text_of", name=file["name"]) == "x" * 7000

	def test_one_that_can_not_be_read_there_is_tried_again(self, hq, branch, notes):
		there = hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-1.txt", content="text")
		hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-2.txt", content="another")
		hq.call("support.files:hide", name=there["name"])
		brought(branch, hq)
		assert [file["status"] for file in remote_files(branch)] == ["Failed", "Here"]
		assert branch.call("support.files:due", doctype=NOTE) == 1
		assert brought(branch, hq)["looked_at"] == 0
		hq.call("support.files:show", name=there["name"])
		branch.call("support.files:make_due", doctype=NOTE)
		brought(branch, hq)
		assert [file["status"] for file in remote_files(branch)] == ["Here", "Here"]


class TestRights:
	def test_who_may_not_read_the_document_gets_no_file(self, hq, branch):
		connect(branch, hq, [row(NOTE, condition='{"priority": 7}')])
		names = [hq.create(NOTE, priority=priority)["name"] for priority in (7, 1)]
		files = [
			hq.call(ATTACH, doctype=NOTE, name=name, file_name=f"test-{name}.txt", content=name)
			for name in names
		]
		brought(branch, hq)
		assert [file["local_docname"] for file in remote_files(branch)] == [names[0]]
		for name, file in zip(names, reversed(files), strict=True):
			refused = branch.call(
				"support.files:ask", producer_url=hq.url, doctype=NOTE, name=name, file=file["name"]
			)
			assert "There is no such file" in refused

	def test_a_private_file_of_others_is_not_given_by_a_field(self, hq, branch):
		for site in (hq, branch):
			site.call("make_user", email="test-reader@example.com", roles=["Shop User"])
		connect(branch, hq, [row(SAMPLER)], event_subscriber="test-reader@example.com")
		where = {"doctype": None, "name": None}
		secret = hq.call(ATTACH, file_name="test-secret.txt", content="secret", private=1, **where)
		public = hq.call(ATTACH, file_name="test-open.txt", content="open", **where)
		name = hq.create(SAMPLER)["name"]
		fields = {"attach_field": secret["url"], "attach_image_field": public["url"]}
		hq.call("set_value_silently", doctype=SAMPLER, name=name, **fields)
		told = hq.call("support.files:told_to", consumer=branch.url, doctype=SAMPLER, name=name)
		assert told == ["test-open.txt"]

	def test_from_a_field_that_is_kept_back(self, hq, branch):
		connect(branch, hq, [row(SAMPLER)])
		consumer = hq.get("Event Consumer", branch.url)
		consumer["consumer_doctypes"][0]["left_out_fields"] = "attach_field"
		hq.update("Event Consumer", branch.url, consumer_doctypes=consumer["consumer_doctypes"])
		name = hq.create(SAMPLER)["name"]
		hq.call(
			ATTACH, doctype=SAMPLER, name=name, file_name="test-s.txt", content="secret", field="attach_field"
		)
		brought(branch, hq)
		assert branch.call(FILES, doctype=SAMPLER, name=name) == []

	def test_an_administrator_keeps_files_back(self, hq, branch, notes):
		consumer = hq.get("Event Consumer", branch.url)
		consumer["consumer_doctypes"][0]["keep_files_back"] = 1
		hq.update("Event Consumer", branch.url, consumer_doctypes=consumer["consumer_doctypes"])
		hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-a.txt", content="first")
		brought(branch, hq)
		assert branch.call(FILES, doctype=NOTE, name=notes) == []


class TestComparison:
	def test_it_looks_at_hashes_and_repair_brings_what_is_missing(self, hq, branch):
		connect(branch, hq, [row(NOTE)])
		names = [hq.create(NOTE)["name"] for _number in range(3)]
		for number, name in enumerate(names):
			hq.call(ATTACH, doctype=NOTE, name=name, file_name=f"test-{number}.txt", content=f"text {number}")
		brought(branch, hq)
		compared = branch.call("support.comparing:reconcile", producer_url=hq.url)
		assert (compared[NOTE]["equal"], compared[NOTE]["different"]) == (3, 0)
		[known] = branch.names(REMOTE_FILE, remote_docname=names[1])
		branch.call("support.files:forget_hash", name=known)
		compared = branch.call("support.comparing:reconcile", producer_url=hq.url)
		assert (compared[NOTE]["equal"], compared[NOTE]["different"]) == (2, 1)
		[difference] = branch.rows("Event Difference", ["remote_docname", "differences"], {})
		assert difference["remote_docname"] == names[1] and "test-1.txt" in difference["differences"]
		branch.call("support.comparing:repair", producer_url=hq.url, doctype=NOTE)
		branch.call(FETCH, producer_url=hq.url)
		compared = branch.call("support.comparing:reconcile", producer_url=hq.url)
		assert (compared[NOTE]["equal"], compared[NOTE]["different"]) == (3, 0)


class TestMapped:
	def test_files_go_to_the_document_of_the_other_doctype(self, hq, branch):
		branch.insert(
			"Document Type Mapping",
			mapping_name="tickets",
			local_doctype=NOTE,
			remote_doctype=TICKET,
			field_mapping=[{"local_fieldname": "title", "remote_fieldname": "subject"}],
		)
		connect(branch, hq, [row(NOTE, has_mapping=1, mapping="tickets")])
		name = hq.create(TICKET)["name"]
		hq.call(ATTACH, doctype=TICKET, name=name, file_name="test-m.txt", content="of a ticket")
		brought(branch, hq)
		[local] = branch.names(NOTE)
		assert [file["file_name"] for file in branch.call(FILES, doctype=NOTE, name=local)] == ["test-m.txt"]
