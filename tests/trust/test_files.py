"""Files of a producer that lies, and of a consumer that asks for more: nothing is opened, followed or stored that is not the file."""

import base64
import hashlib

import pytest

from support.link import connect, drain, pull, subscribe

NOTE, SAMPLER = "Shop Note", "Shop Field Sampler"
FETCH, FILES, ON_DISK = "support.files:fetch", "support.files:files_of", "support.files:paths_on_disk"
CONTENT = b"content of the file"


@pytest.fixture
def note(branch, fake):
	"""A document of the producer, which tells of one file; the file is what `told` and `given` say."""
	subscribe(
		branch, fake, [{"ref_doctype": NOTE, "attachments": 1}, {"ref_doctype": SAMPLER, "attachments": 1}]
	)
	fake.create(NOTE, "N1", title="a note")
	assert pull(branch, fake)["error"] == ""
	fake.replies["list_files"] = lambda asked: listing(*asked["documents"])
	fake.replies["read_file"] = given
	return "N1"


def told(**values) -> dict:
	digest = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
	return {
		"name": "f1", "file_name": "test-f.txt", "url": "/files/test-f.txt", "field": "", "private": 0,
		"size": len(CONTENT), "hash": digest, **values,
	}  # fmt: skip


def listing(*documents, files=None) -> dict:
	files = files or [told()]
	return {"documents": [[*key, files] for key in documents], "given": [NOTE, SAMPLER]}


def given(asked: dict, content: bytes = CONTENT, **values) -> dict:
	part = content[asked["offset"] : asked["offset"] + asked["length"]]
	sha256 = hashlib.sha256(content).hexdigest()
	return {"data": base64.b64encode(part).decode(), "size": len(content), "sha256": sha256, **values}


def fetch(branch, fake) -> dict:
	return branch.call(FETCH, producer_url=fake.url)


def status(branch) -> tuple[str, str]:
	[row] = branch.rows("Remote File", ["status", "message"], {})
	return row["status"], row["message"] or ""


def test_an_honest_one(branch, fake, note):
	assert fetch(branch, fake)["error"] == ""
	[file] = branch.call(FILES, doctype=NOTE, name=note)
	assert (file["file_name"], file["sha256"]) == ("test-f.txt", hashlib.sha256(CONTENT).hexdigest())


@pytest.mark.parametrize(
	"name",
	["../../../test-f.txt", "/etc/passwd", "..\\..\\test-f.txt", "..", "/", "test-f.txt/..", "x" * 500 + ".txt", "a\x00b.txt"],
)  # fmt: skip
def test_a_name_leads_nowhere(branch, fake, note, name):
	before = branch.call(ON_DISK)
	fake.replies["list_files"] = lambda asked: listing(*asked["documents"], files=[told(file_name=name)])
	assert fetch(branch, fake)["error"] == ""
	[file] = branch.call(FILES, doctype=NOTE, name=note)
	assert not {"/", "\\", "\x00"} & set(file["file_name"]) and len(file["file_name"]) <= 140
	[path] = set(branch.call(ON_DISK)) - set(before)
	assert path.startswith("public/files/") and path.count("/") == 2


@pytest.mark.parametrize(
	"url", ["/private/files/../../site_config.json", "file:///etc/passwd", "/etc/passwd", ""]
)
def test_a_url_is_never_opened(branch, fake, note, url):
	fake.replies["list_files"] = lambda asked: listing(*asked["documents"], files=[told(url=url)])
	assert fetch(branch, fake)["error"] == ""
	[file] = branch.call(FILES, doctype=NOTE, name=note)
	assert file["sha256"] == hashlib.sha256(CONTENT).hexdigest()


def test_a_link_to_this_site_is_refused(branch, fake, note):
	secret = branch.call(
		"support.files:attach", doctype=None, name=None, file_name="test-s.txt", content="secret", private=1
	)
	for url in (branch.url + secret["url"], branch.url.replace("127", "%3127") + secret["url"], "http:///x"):
		files = [told(name="link", url=url)]
		fake.replies["list_files"] = lambda asked, files=files: listing(*asked["documents"], files=files)
		fake.change(NOTE, note, changed={})
		pull(branch, fake)
		assert fetch(branch, fake)["error"] == ""
	assert branch.call(FILES, doctype=NOTE, name=note) == []
	assert status(branch)[0] == "Refused"


def test_content_that_does_not_fit_its_hash(branch, fake, note):
	fake.replies["read_file"] = lambda asked: given(asked, sha256="0" * 64)
	assert fetch(branch, fake)["error"] == ""
	assert branch.call(FILES, doctype=NOTE, name=note) == []
	assert status(branch)[0] == "Failed" and "hash" in status(branch)[1]
	assert branch.call(ON_DISK) == []


def test_slices_without_end(branch, fake, note):
	fake.replies["read_file"] = lambda asked: given(asked, size=2**40)
	assert fetch(branch, fake)["error"] == ""
	assert status(branch)[0] == "Refused"
	fake.replies["list_files"] = lambda asked: listing(*asked["documents"], files=[told(name="f2")])
	fake.replies["read_file"] = lambda asked: given(asked, data="", size=10**6)
	fake.change(NOTE, note, changed={})
	pull(branch, fake)
	assert fetch(branch, fake)["error"] == ""
	assert status(branch)[0] == "Failed"
	assert branch.call(ON_DISK) == []


@pytest.mark.parametrize(
	"answer",
	[
		None, [], {"data": "x"}, {"data": "?", "size": 5, "sha256": "0" * 64}, {"data": "", "size": -1, "sha256": "0" * 64},
		{"data": "", "size": 5, "sha256": "../../x"}, {"data": base64.b64encode(b"x" * 2**21).decode(), "size": 5, "sha256": "0" * 64},
	],
)  # fmt: skip
def test_malformed_slices(branch, fake, note, answer):
	fake.replies["read_file"] = lambda asked: answer
	assert fetch(branch, fake)["error"] == ""
	assert (status(branch)[0], branch.call(ON_DISK)) == ("Failed", [])


@pytest.mark.parametrize(
	"change",
	[
		{"name": None}, {"name": "<b>"}, {"url": 5}, {"url": "x" * 5000}, {"size": -1}, {"size": "5"}, {"private": None},
		{"hash": "../x"}, {"file_name": ["x"]}, {"field": {}},
	],
)  # fmt: skip
def test_malformed_lists(branch, fake, note, change):
	fake.replies["list_files"] = lambda asked: listing(*asked["documents"], files=[told(**change)])
	assert "unexpected form" in fetch(branch, fake)["error"]
	assert branch.names("Remote File") == []


def test_files_of_documents_that_nobody_asked_for(branch, fake, note):
	own = branch.create(NOTE)["name"]
	fake.replies["list_files"] = lambda asked: listing([NOTE, own], ["User", "Administrator"])
	assert fetch(branch, fake)["error"] == ""
	assert branch.names("Remote File") == []
	assert branch.call(FILES, doctype=NOTE, name=own) == []


def test_a_field_that_names_a_file_of_this_site(hq, branch):
	"""It leads to the producer; else this site would attach its own file, and give it away."""
	secret = branch.call(
		"support.files:attach", doctype=None, name=None, file_name="test-s.txt", content="secret", private=1
	)
	connect(branch, hq, [SAMPLER])
	connect(hq, branch, [{"ref_doctype": SAMPLER, "attachments": 1}])
	name = hq.create(SAMPLER)["name"]
	hq.call("set_value_silently", doctype=SAMPLER, name=name, attach_field=secret["url"])
	hq.update(SAMPLER, name, attach_image_field=secret["url"])
	drain(branch, hq)
	drain(hq, branch)
	hq.call(FETCH, producer_url=branch.url)
	assert branch.get(SAMPLER, name)["attach_image_field"] == hq.url + secret["url"]
	assert branch.call(FILES, doctype=SAMPLER, name=name) == []
