"""What happens to a file or to its document afterwards, on either site: the file goes, stays or moves with it."""

import pytest

from support.attachments import ATTACH, FETCH, FILES, ON_DISK, REMOTE_FILE, brought, remote_files, row
from support.link import connect, drain, sync_logs

NOTE = "Shop Note"


@pytest.fixture
def notes(hq, branch):
	connect(branch, hq, [row(NOTE)])
	return hq.create(NOTE)["name"]


class TestFollowing:
	def test_a_deleted_file_goes_here_too(self, hq, branch, notes):
		file = hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-a.txt", content="first")
		brought(branch, hq)
		hq.delete("File", file["name"])
		brought(branch, hq)
		assert branch.call(FILES, doctype=NOTE, name=notes) == []
		assert (remote_files(branch), branch.call(ON_DISK)) == ([], [])

	def test_what_people_attach_here_stays(self, hq, branch, notes):
		file = hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-a.txt", content="the same")
		drain(branch, hq)
		branch.call(ATTACH, doctype=NOTE, name=notes, file_name="test-own.txt", content="own")
		branch.call(ATTACH, doctype=NOTE, name=notes, file_name="test-same.txt", content="the same")
		brought(branch, hq)
		hq.delete("File", file["name"])
		brought(branch, hq)
		files = branch.call(FILES, doctype=NOTE, name=notes)
		assert [file["file_name"] for file in files] == ["test-own.txt", "test-same.txt"]

	def test_what_people_delete_here_stays_away_until_it_changes_there(self, hq, branch, notes):
		file = hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-a.txt", content="first")
		brought(branch, hq)
		branch.delete("File", branch.call(FILES, doctype=NOTE, name=notes)[0]["name"])
		hq.update(NOTE, notes, title="changed")
		brought(branch, hq)
		assert branch.call(FILES, doctype=NOTE, name=notes) == []
		assert [one["status"] for one in remote_files(branch)] == ["Deleted Here"]
		hq.delete("File", file["name"])
		hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-a.txt", content="second")
		brought(branch, hq)
		assert len(branch.call(FILES, doctype=NOTE, name=notes)) == 1

	def test_a_document_that_is_taken_again_gets_its_files_again(self, hq, branch, notes):
		hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-a.txt", content="first")
		brought(branch, hq)
		branch.delete(NOTE, notes)
		[log] = [log["name"] for log in sync_logs(branch, update_type="Create")]
		branch.call("resync_from_source", name=log)
		branch.call(FETCH, producer_url=hq.url)
		assert len(branch.call(FILES, doctype=NOTE, name=notes)) == 1

	def test_renamed_documents_keep_their_files_and_follow(self, hq, branch, notes):
		file = hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-a.txt", content="first")
		brought(branch, hq)
		hq.rename(NOTE, notes, "Renamed")
		hq.call(ATTACH, doctype=NOTE, name="Renamed", file_name="test-b.txt", content="second")
		assert brought(branch, hq)["calls"]["read_file"] == 1
		assert len(branch.call(FILES, doctype=NOTE, name="Renamed")) == 2
		assert {one["local_docname"] for one in remote_files(branch)} == {notes, "Renamed"}
		hq.delete("File", file["name"])
		brought(branch, hq)
		files = branch.call(FILES, doctype=NOTE, name="Renamed")
		assert [file["file_name"] for file in files] == ["test-b.txt"]

	def test_nothing_stays_known_of_files_whose_document_is_gone(self, hq, branch, notes):
		hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-a.txt", content="first")
		kept = hq.create(NOTE)["name"]
		hq.call(ATTACH, doctype=NOTE, name=kept, file_name="test-b.txt", content="second")
		brought(branch, hq)
		hq.delete(NOTE, notes)
		drain(branch, hq)
		assert branch.call(FILES, doctype=NOTE, name=notes) == []
		branch.call("support.files:forget_old")
		assert [file["file_name"] for file in remote_files(branch)] == ["test-b.txt"]

	def test_a_row_that_is_deleted_fetches_the_file_again(self, hq, branch, notes):
		hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-a.txt", content="first")
		brought(branch, hq)
		branch.delete("File", branch.call(FILES, doctype=NOTE, name=notes)[0]["name"])
		branch.delete(REMOTE_FILE, remote_files(branch)[0]["name"])
		brought(branch, hq)
		assert len(branch.call(FILES, doctype=NOTE, name=notes)) == 1

	def test_one_that_comes_while_another_goes_there(self, hq, branch, notes):
		brought(branch, hq)
		connect(hq, branch, [row(NOTE)])
		branch.call(ATTACH, doctype=NOTE, name=notes, file_name="test-b.txt", content="from the branch")
		hq.call(ATTACH, doctype=NOTE, name=notes, file_name="test-a.txt", content="from hq")
		for _round in range(2):
			brought(branch, hq)
			brought(hq, branch)
		for site in (hq, branch):
			files = site.call(FILES, doctype=NOTE, name=notes)
			assert [file["file_name"] for file in files] == ["test-a.txt", "test-b.txt"]

	def test_two_sites_that_give_each_other_files_come_to_rest(self, hq, branch):
		connect(branch, hq, [row(NOTE)])
		connect(hq, branch, [row(NOTE)])
		name = hq.create(NOTE)["name"]
		hq.call(ATTACH, doctype=NOTE, name=name, file_name="test-a.txt", content="from hq")
		for _round in range(2):
			brought(branch, hq)
			brought(hq, branch)
		branch.call(ATTACH, doctype=NOTE, name=name, file_name="test-b.txt", content="from the branch")
		for _round in range(2):
			brought(branch, hq)
			brought(hq, branch)
		for site in (hq, branch):
			files = site.call(FILES, doctype=NOTE, name=name)
			assert [file["file_name"] for file in files] == ["test-a.txt", "test-b.txt"]
			assert site.call("support.files:due", doctype=NOTE) == 0
		[file] = [file for file in branch.call(FILES, doctype=NOTE, name=name) if "-a" in file["file_name"]]
		branch.delete("File", file["name"])
		for _round in range(2):
			brought(hq, branch)
			brought(branch, hq)
		for site in (hq, branch):
			files = site.call(FILES, doctype=NOTE, name=name)
			assert [file["file_name"] for file in files] == ["test-b.txt"]
