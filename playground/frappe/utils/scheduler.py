"""The schedule: at each tick, jobs that are due go into the queue."""

import time

from croniter import CroniterBadCronError

import frappe
from frappe.playground.missing import module_getattr
from frappe.utils import cint, get_sites

__getattr__ = module_getattr(__name__)


def start_scheduler(sites_path: str = ".", site: str | None = None) -> None:
	"""Runs until stopped. `scheduler_tick_interval` in the common config: seconds between ticks, here 1 if not set."""
	conf = frappe.get_common_site_config(sites_path)
	while True:
		time.sleep(cint(conf.scheduler_tick_interval) or 1)
		for name in [site] if site else get_sites(sites_path):
			enqueue_events_for_site(name, sites_path)


def enqueue_events_for_site(site: str, sites_path: str = ".") -> list[str]:
	try:
		frappe.init(site=site, sites_path=sites_path, force=True)
		frappe.connect()
		return [] if is_scheduler_inactive() else enqueue_events(site)
	except Exception:
		frappe.logger("scheduler").error(f"Exception in Enqueue Events for Site {site}", exc_info=True)
		return []
	finally:
		frappe.destroy()


def enqueue_events(site: str) -> list[str]:
	enqueued = []
	for row in frappe.get_all("Scheduled Job Type", filters={"stopped": 0}, fields="*"):
		job_type = frappe.get_doc(doctype="Scheduled Job Type", **row)
		try:
			if job_type.enqueue():
				enqueued.append(job_type.method)
		except CroniterBadCronError:
			frappe.logger("scheduler").error(f"Invalid Job on {site} - {job_type.name}", exc_info=True)
	return enqueued


def is_scheduler_inactive(verbose: bool = True) -> bool:
	conf = frappe.local.conf
	return bool(conf.maintenance_mode or conf.pause_scheduler or is_scheduler_disabled(verbose))


def is_scheduler_disabled(verbose: bool = True) -> bool:
	if frappe.conf.disable_scheduler:
		return True
	return not cint(frappe.db.get_single_value("System Settings", "enable_scheduler"))


def enable_scheduler() -> None:
	frappe.db.set_single_value("System Settings", "enable_scheduler", 1)


def disable_scheduler() -> None:
	frappe.db.set_single_value("System Settings", "enable_scheduler", 0)
