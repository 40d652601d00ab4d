"""Misbehavior that a test arms on one site by a key of its site config, so that it differs from the other."""

import importlib
import time

import frappe
from frappe import _


def reject_poison(title: str | None) -> None:
	"""With `shop_reject_poison`: a document whose title contains POISON is not valid here."""
	if frappe.conf.get("shop_reject_poison") and "POISON" in (title or ""):
		frappe.throw(_("{0} is poison to this site").format(title))


def commit_early(title: str | None) -> None:
	"""With `shop_commit_early`: a controller that commits in the middle of its work, as some do."""
	if frappe.conf.get("shop_commit_early") and "COMMITS" in (title or ""):
		frappe.db.commit()  # the misbehavior that is wanted


def wait(title: str | None) -> None:
	"""With `shop_wait_seconds`: a controller that takes its time."""
	seconds = frappe.conf.get("shop_wait_seconds")
	if seconds and "SLOW" in (title or ""):
		time.sleep(float(seconds))


def before_job(method: str, **_more) -> None:
	"""With `shop_before_job` (`module:function`): what is to be done in the process of a job, before it."""
	if act := frappe.conf.get("shop_before_job"):
		module, _colon, name = act.partition(":")
		getattr(importlib.import_module(module), name)(method)
