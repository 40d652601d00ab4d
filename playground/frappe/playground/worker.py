"""The worker: RQ's, on the queues of this folder of sites."""

import os

from rq import Worker

import frappe


def work(sites: str, queues: list[str] | None = None, burst: bool = False) -> None:
	"""Runs jobs until stopped, each in a process of its own."""
	os.environ["SITES_PATH"] = os.path.abspath(sites)
	from frappe.utils.background_jobs import get_queue_list, get_redis_conn

	frappe.init("", sites_path=os.path.abspath(sites), force=True)
	names = get_queue_list(queues, build_queue_name=True)
	connection = get_redis_conn()
	_import_for_jobs()
	frappe.destroy()
	Worker(names, connection=connection).work(burst=burst, logging_level="WARNING")


def _import_for_jobs() -> None:
	"""What each job needs is loaded once, before the forks."""
	import frappe.client
	import frappe.model.db_query
	import frappe.model.document
	import frappe.model.meta  # noqa: F401
