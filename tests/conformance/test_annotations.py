"""Comments and tags: what Frappe makes of them, and what becomes of them with their document."""

import pytest

NOTE = "Shop Note"
COMMENT, COMMENTS = "support.annotations:comment", "support.annotations:comments_on"
TAG, TAGS = "support.annotations:tag", "support.annotations:tags_of"


@pytest.fixture
def note(hq):
	return hq.create(NOTE)["name"]


def test_a_comment_is_cleaned_of_scripts(hq, note):
	hq.call(COMMENT, doctype=NOTE, name=note, text="<p>hi<script>alert(1)</script></p>")
	[comment] = hq.call(COMMENTS, doctype=NOTE, name=note)
	assert "<script" not in comment["content"]


def test_comments_follow_a_rename_and_go_with_their_document(hq, note):
	hq.call(COMMENT, doctype=NOTE, name=note, text="text")
	hq.rename(NOTE, note, "Renamed")
	assert [comment["content"] for comment in hq.call(COMMENTS, doctype=NOTE, name="Renamed")] == ["text"]
	hq.delete(NOTE, "Renamed")
	hq.call("run_jobs")
	assert hq.call(COMMENTS, doctype=NOTE, name="Renamed") == []


def test_tags_stand_in_the_document_and_have_a_link_each(hq, note):
	for tag in ("Red", "Blue", "Red"):
		hq.call(TAG, doctype=NOTE, name=note, tag=tag)
	assert hq.call(TAGS, doctype=NOTE, name=note) == ["Blue", "Red"]
	assert len(hq.names("Tag Link", document_name=note)) == 2
	hq.call(TAG, doctype=NOTE, name=note, tag="red", remove=1)
	assert hq.call(TAGS, doctype=NOTE, name=note) == ["Blue"]
	assert len(hq.names("Tag Link", document_name=note)) == 1


def test_tags_follow_a_rename_and_go_with_their_document(hq, note):
	hq.call(TAG, doctype=NOTE, name=note, tag="Red")
	hq.rename(NOTE, note, "Renamed")
	assert hq.call(TAGS, doctype=NOTE, name="Renamed") == ["Red"]
	assert len(hq.names("Tag Link", document_name="Renamed")) == 1
	hq.delete(NOTE, "Renamed")
	assert hq.names("Tag Link", document_name="Renamed") == []
