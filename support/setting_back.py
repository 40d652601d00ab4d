"""A link whose one site is set back to an older dump: it stops, says why, and is started again by a person."""

from support import backups
from support.link import drain, pull, sync_logs


def assert_stopped(hq, branch, told: str) -> None:
	before = branch.value("Event Stream Cursor", hq.url, "position")
	rows = len(sync_logs(branch))
	assert told in pull(branch, hq)["error"]
	cursor = branch.get("Event Stream Cursor", hq.url)
	assert (cursor["state"], cursor["position"]) == ("Stopped", before)
	assert told in cursor["error"]
	assert len(sync_logs(branch)) == rows


def start_again(hq, branch) -> None:
	"""The button on the form of a link that stopped."""
	branch.call("start_again", producer_url=hq.url)
	pull(branch, hq)
	cursor = branch.get("Event Stream Cursor", hq.url)
	assert (cursor["state"], cursor["error"]) == ("Streaming", None)


def set_back_behind_the_log(hq, branch, stored, days: int) -> None:
	"""The branch has heard all; hq's log of that is as old, and cut; then the branch is set back, and started again."""
	drain(branch, hq)
	pull(branch, hq)  # acknowledges
	hq.call("age_log", days=days)
	assert hq.call("purge") > 0
	backups.restore(branch, stored)
	assert_stopped(hq, branch, "is gone or is another event now")
	start_again(hq, branch)
