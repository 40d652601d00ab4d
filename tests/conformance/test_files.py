"""Files: what a File of a document is, and what becomes of its content."""

import pytest

from support.site import SiteError

NOTE = "Shop Note"
ATTACH, FILES, ON_DISK = "support.files:attach", "support.files:files_of", "support.files:paths_on_disk"


@pytest.fixture
def note(hq):
	return hq.create(NOTE)["name"]


def test_public_and_private_ones_have_their_folders(hq, note):
	urls = [
		hq.call(
			ATTACH, doctype=NOTE, name=note, file_name="test-f.txt", content=f"{private}", private=private
		)["url"]
		for private in (0, 1)
	]
	assert urls == ["/files/test-f.txt", "/private/files/test-f.txt"]
	assert {"public/files/test-f.txt", "private/files/test-f.txt"} <= set(hq.call(ON_DISK))


def test_equal_content_is_stored_once_and_goes_with_its_last_file(hq, note):
	before = hq.call(ON_DISK)
	files = [
		hq.call(ATTACH, doctype=NOTE, name=note, file_name=f"test-{n}.txt", content="same") for n in (1, 2)
	]
	assert files[0]["url"] == files[1]["url"]
	assert len(hq.call(ON_DISK)) == len(before) + 1
	hq.delete("File", files[0]["name"])
	assert len(hq.call(ON_DISK)) == len(before) + 1
	hq.delete("File", files[1]["name"])
	assert hq.call(ON_DISK) == before


def test_other_content_under_a_name_that_is_taken_gets_another(hq, note):
	urls = {
		hq.call(ATTACH, doctype=NOTE, name=note, file_name="test-f.txt", content=content)["url"]
		for content in ("one", "two")
	}
	assert len(urls) == 2


def test_they_go_with_their_document(hq, note):
	before = hq.call(ON_DISK)
	hq.call(ATTACH, doctype=NOTE, name=note, file_name="test-f.txt", content="text")
	hq.delete(NOTE, note)
	assert hq.names("File", attached_to_name=note) == []
	assert hq.call(ON_DISK) == before


def test_they_follow_a_rename(hq, note):
	file = hq.call(ATTACH, doctype=NOTE, name=note, file_name="test-f.txt", content="text")
	hq.rename(NOTE, note, "Renamed")
	assert hq.names("File", attached_to_name="Renamed") == [file["name"]]


def test_a_url_of_a_file_that_is_not_there_is_refused(hq, note):
	with pytest.raises(SiteError):
		hq.call(ATTACH, doctype=NOTE, name=note, file_name="test-f.txt", url="/files/test-absent.txt")
