"""Jobs: functions that a worker runs, queued in Redis with RQ."""

import os
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from uuid import uuid4

import redis
from rq import Callback, Queue, Worker
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus

import frappe
from frappe import _
from frappe.playground.missing import module_getattr
from frappe.utils import CallbackManager, get_bench_id

__getattr__ = module_getattr(__name__)

RQ_JOB_FAILURE_TTL = 7 * 24 * 60 * 60  # seconds
RQ_RESULTS_TTL = 10 * 60  # seconds
MAX_RETRIES = 5

_redis_queue_conn: redis.Redis | None = None


@lru_cache
def get_queues_timeout() -> dict[str, int]:
	custom = frappe.get_conf().get("workers", {})
	timeouts = {name: config.get("timeout", 300) for name, config in custom.items()}
	return {"short": 300, "default": 300, "long": 1500, **timeouts}


def enqueue(
	method: str | Callable,
	queue: str = "default",
	timeout: int | None = None,
	event: Any = None,
	is_async: bool = True,
	job_name: str | None = None,
	now: bool = False,
	enqueue_after_commit: bool = False,
	*,
	on_success: Callable | None = None,
	on_failure: Callable | None = None,
	at_front: bool = False,
	job_id: str | None = None,
	deduplicate: bool = False,
	**kwargs: Any,
) -> Any:
	"""Has a worker call `method(**kwargs)`, as the present user; with `now`, calls it here.

	With `deduplicate`, not while a job of the same `job_id` waits or runs.
	"""
	is_async = kwargs.pop("async", is_async)
	if deduplicate and _is_duplicate(job_id):
		return None
	full_id = create_job_id(job_id)
	if now or not (is_async or frappe.flags.in_test):
		return frappe.call(method, **kwargs)
	rq_queue = get_queue(queue, is_async=is_async)
	name = f"{method.__module__}.{method.__qualname__}" if callable(method) else method
	call = {
		"site": frappe.local.site,
		"user": frappe.session.user,
		"method": method,
		"event": event,
		"job_name": job_name or name,
		"is_async": is_async,
		"kwargs": kwargs,
	}

	def enqueue_call() -> Job:
		return rq_queue.enqueue_call(
			execute_job,
			on_success=Callback(func=on_success) if on_success else None,
			on_failure=Callback(func=on_failure) if on_failure else None,
			timeout=timeout or get_queues_timeout().get(queue) or 300,
			kwargs=call,
			at_front=at_front,
			failure_ttl=frappe.conf.get("rq_job_failure_ttl") or RQ_JOB_FAILURE_TTL,
			result_ttl=frappe.conf.get("rq_results_ttl") or RQ_RESULTS_TTL,
			job_id=full_id,
		)

	if enqueue_after_commit:
		frappe.db.after_commit.add(enqueue_call)
		return None
	return enqueue_call()


def _is_duplicate(job_id: str | None) -> bool:
	if not job_id:
		frappe.throw(_("`job_id` paramater is required for deduplication."))
	job = get_job(job_id)
	if job and job.get_status() in (JobStatus.QUEUED, JobStatus.STARTED):
		return True
	if job:
		job.delete()
	return False


def enqueue_doc(
	doctype: str,
	name: str | None = None,
	method: str | None = None,
	queue: str = "default",
	timeout: int = 300,
	now: bool = False,
	**kwargs: Any,
) -> Any:
	return enqueue(
		"frappe.utils.background_jobs.run_doc_method",
		doctype=doctype,
		name=name,
		doc_method=method,
		queue=queue,
		timeout=timeout,
		now=now,
		**kwargs,
	)


def run_doc_method(doctype: str, name: str, doc_method: str, **kwargs: Any) -> None:
	getattr(frappe.get_doc(doctype, name), doc_method)(**kwargs)


def execute_job(
	site: str,
	method: str | Callable,
	event: Any,
	job_name: str,
	kwargs: dict,
	user: str | None = None,
	is_async: bool = True,
	retry: int = 0,
) -> Any:
	"""In the worker: the call, then commit; after an error rollback, an Error Log, and the error."""
	result = None
	if is_async:
		frappe.init(site=site, sites_path=os.environ.get("SITES_PATH", "."))
		frappe.connect()
		if os.environ.get("CI"):
			frappe.flags.in_test = True
		if user:
			frappe.set_user(user)
	name = method if isinstance(method, str) else f"{method.__module__}.{method.__qualname__}"
	function = frappe.get_attr(method) if isinstance(method, str) else method
	frappe.local.job = frappe._dict(
		site=site, method=name, job_name=job_name, kwargs=kwargs, user=user, after_job=CallbackManager()
	)
	for task in frappe.get_hooks("before_job"):
		frappe.call(task, method=name, kwargs=kwargs, transaction_type="job")
	try:
		result = function(**kwargs)
	except frappe.RetryBackgroundJobError:
		frappe.db.rollback()
		if retry >= MAX_RETRIES:
			frappe.log_error(title=name)
			raise
		frappe.destroy()
		time.sleep(retry + 1)
		return execute_job(site, method, event, job_name, kwargs, is_async=is_async, retry=retry + 1)
	except Exception:
		frappe.db.rollback()
		frappe.log_error(title=name)
		frappe.db.commit()
		print(frappe.get_traceback())
		raise
	else:
		frappe.db.commit()
		return result
	finally:
		if hasattr(frappe.local, "site"):
			for task in frappe.get_hooks("after_job"):
				frappe.call(task, method=name, kwargs=kwargs, result=result)
			frappe.local.job.after_job.run()
			if is_async:
				frappe.destroy()


def get_queue_list(queue_list: Any = None, build_queue_name: bool = False) -> list[str]:
	known = list(get_queues_timeout())
	queues = [queue_list] if isinstance(queue_list, str) else queue_list or known
	for queue in queues:
		validate_queue(queue, known)
	return [generate_qname(queue) for queue in queues] if build_queue_name else queues


def validate_queue(queue: str, default_queue_list: list[str] | None = None) -> None:
	known = default_queue_list or list(get_queues_timeout())
	if queue not in known:
		frappe.throw(_("Queue should be one of {0}").format(", ".join(known)))


def get_queue(qtype: str, is_async: bool = True) -> Queue:
	validate_queue(qtype)
	return Queue(generate_qname(qtype), connection=get_redis_conn(), is_async=is_async)


def get_queues(connection: redis.Redis | None = None) -> list[Queue]:
	"""Those of this bench that have ever been used."""
	queues = Queue.all(connection=connection or get_redis_conn())
	return [queue for queue in queues if queue.name.startswith(f"{get_bench_id()}:")]


def get_workers(queue: Queue | None = None) -> list[Worker]:
	"""Those of this Redis, for one queue or for any."""
	return Worker.all(queue=queue) if queue else Worker.all(connection=get_redis_conn())


def generate_qname(qtype: str) -> str:
	return f"{get_bench_id()}:{qtype}"


def get_redis_conn(username: str | None = None, password: str | None = None) -> redis.Redis:
	return get_redis_connection_without_auth()


def get_redis_connection_without_auth() -> redis.Redis:
	global _redis_queue_conn
	if not _redis_queue_conn:
		_redis_queue_conn = redis.from_url(frappe.conf.redis_queue)
	return _redis_queue_conn


def create_job_id(job_id: str | None) -> str:
	return f"{frappe.local.site}::{job_id or uuid4()}"


def is_job_enqueued(job_id: str) -> bool:
	return get_job_status(job_id) in (JobStatus.QUEUED, JobStatus.STARTED)


def get_job_status(job_id: str) -> JobStatus | None:
	job = get_job(job_id)
	return job.get_status() if job else None


def get_job(job_id: str) -> Job | None:
	try:
		return Job.fetch(create_job_id(job_id), connection=get_redis_conn())
	except NoSuchJobError:
		return None
