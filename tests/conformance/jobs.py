"""Work for the workers."""

import frappe
from frappe.utils.background_jobs import create_job_id, get_job_status, get_queue, get_queues, is_job_enqueued

from conformance.expecting import same

CALLED: list[dict] = []


def _note(**kwargs: object) -> str:
	CALLED.append(kwargs)
	return "done"


def _waiting(job_id: str) -> bool:
	return bool(is_job_enqueued(job_id))


def _forget(job_id: str) -> None:
	from frappe.utils.background_jobs import get_job

	if job := get_job(job_id):
		job.delete()


def a_job_that_is_due_now_runs_here():
	CALLED.clear()
	same(frappe.enqueue(_note, now=True, a=1), "done")
	same(CALLED, [{"a": 1}])


def a_job_waits_in_its_queue_with_its_site_user_and_arguments():
	job = frappe.enqueue("frappe.ping", queue="short", job_id="conformance-waits", a=1)
	same((_waiting("conformance-waits"), job.origin), (True, get_queue("short").name))
	same(
		(job.kwargs["site"], job.kwargs["user"], job.kwargs["method"], job.kwargs["kwargs"]),
		(frappe.local.site, "Administrator", "frappe.ping", {"a": 1}),
	)
	_forget("conformance-waits")


def job_ids_belong_to_the_site():
	job = frappe.enqueue("frappe.ping", job_id="conformance-id")
	same(job.id, create_job_id("conformance-id"))
	assert job.id.startswith(frappe.local.site), job.id
	_forget("conformance-id")


def a_job_after_commit_waits_for_the_commit():
	frappe.enqueue("frappe.ping", job_id="conformance-commit", enqueue_after_commit=True)
	same(_waiting("conformance-commit"), False)
	frappe.db.commit()
	same(_waiting("conformance-commit"), True)
	_forget("conformance-commit")


def a_job_after_commit_is_forgotten_in_a_rollback():
	frappe.enqueue("frappe.ping", job_id="conformance-rollback", enqueue_after_commit=True)
	frappe.db.rollback()
	frappe.db.commit()
	same(_waiting("conformance-rollback"), False)


def a_job_that_waits_already_is_not_enqueued_again():
	first = frappe.enqueue("frappe.ping", job_id="conformance-twice", deduplicate=True)
	second = frappe.enqueue("frappe.ping", job_id="conformance-twice", deduplicate=True)
	same((bool(first), second), (True, None))
	_forget("conformance-twice")


def a_job_that_is_not_there_has_no_status():
	same(get_job_status("conformance-nothing"), None)


def unknown_queues_are_refused():
	try:
		frappe.enqueue("frappe.ping", queue="conformance")
	except frappe.ValidationError as error:
		assert "Queue should be one of" in str(error), error
	else:
		raise AssertionError("no error")


def the_queue_has_the_folders_name():
	same(get_queue("default").name.endswith(":default"), True)


def the_queues_of_the_bench_tell_how_much_waits():
	before = {queue.name: queue.count for queue in get_queues()}
	job = frappe.enqueue("frappe.ping", queue="short", job_id="conformance-queues")
	after = {queue.name: queue.count for queue in get_queues()}
	same(after[job.origin], before.get(job.origin, 0) + 1)
	_forget("conformance-queues")
	same({queue.name: queue.count for queue in get_queues()}[job.origin], before.get(job.origin, 0))
