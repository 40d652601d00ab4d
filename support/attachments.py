"""Files that come along, as a test lets them arrive and looks at them."""

from support.link import drain

ATTACH, FETCH, FILES, ON_DISK = (
	"support.files:attach", "support.files:fetch", "support.files:files_of", "support.files:paths_on_disk",
)  # fmt: skip
REMOTE_FILE = "Remote File"


def row(doctype, **more):
	return {"ref_doctype": doctype, "attachments": 1, **more}


def remote_files(site):
	fields = [
		"name",
		"file_name",
		"status",
		"message",
		"local_file",
		"local_docname",
		"is_private",
		"attempts",
	]
	return sorted(site.rows(REMOTE_FILE, fields, {}), key=lambda found: found["file_name"])


def brought(branch, hq, **options):
	"""The documents and then their files."""
	drain(branch, hq)
	summary = branch.call(FETCH, producer_url=hq.url, **options)
	assert summary["error"] == ""
	return summary
