"""Trial runs for people: each reason why documents would fail with what to do about it."""

from functools import partial

from event_streaming import progress
from event_streaming.consumer import trial
from event_streaming.consumer.sync_log import FAILED, WAITING
from event_streaming.desk.remedies import remedies


def run_with_progress(producer: str, doctypes: list[str] | None, count: int, user: str, job: str) -> None:
	"""Job behind the button *Trial Run*: tells `trials`, see `with_remedies`."""
	progress.run(job, user, partial(_run, producer, doctypes, count))


def try_with_progress(producer: str, doctype: str, name: str, user: str, job: str) -> None:
	"""Job behind the button *Try* of a parked document: tells `message`, why it would still fail, or ""."""
	progress.run(job, user, lambda tell: {"message": trial.retry(producer, (doctype, name))})


def _run(producer: str, doctypes: list[str] | None, count: int, tell: progress.Tell) -> dict:
	tell(done=0, total=1)
	return {"trials": with_remedies(trial.run(producer, doctypes, count))}


def with_remedies(trials: list[dict]) -> list[dict]:
	"""Adds to each reason `title` and `advice`."""
	known = {remedy.kind: remedy for remedy in remedies()}
	for tried in trials:
		for reason in tried["reasons"]:
			kind = WAITING if reason["kind"] == WAITING else reason["kind"]
			remedy = known.get(kind) or known[FAILED]
			reason |= {"title": remedy.title, "advice": remedy.advice}
	return trials
