"""What apps need to add commands to `bench`; here they are run by `python -m frappe.playground`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

import frappe
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


def pass_context(f: Callable) -> Callable:
	@wraps(f)
	def wrapper(ctx: click.Context, *args: Any, **kwargs: Any) -> Any:
		return ctx.invoke(f, frappe._dict(ctx.obj), *args, **kwargs)

	return click.pass_context(wrapper)


def get_site(context: frappe._dict, raise_err: bool = True) -> str | None:
	site = context.sites[0] if context.sites else None
	if not site and raise_err:
		raise click.UsageError("Please specify --site sitename")
	return site
