"""`run-tests`: the tests that lie beside an app's code, run inside of a site."""

import importlib
import sys
import unittest
from collections.abc import Iterator
from pathlib import Path

import click

import frappe
from frappe.commands import get_site, pass_context
from frappe.playground import sites


@click.command("run-tests")
@click.option("--app", help="Of which app")
@click.option("--module", help="Only this module's")
@pass_context
def run_tests(context: frappe._dict, app: str | None = None, module: str | None = None) -> None:
	"""Run tests, and fail when one fails."""
	if not (app or module):
		raise click.UsageError("Please say which tests: --app or --module")
	with sites.site(get_site(context), "."):
		frappe.flags.in_test = True
		suite = unittest.TestSuite()
		for name in [module] if module else find_test_modules(app):
			suite.addTests(unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(name)))
		passed = unittest.TextTestRunner().run(suite).wasSuccessful()
	sys.exit(0 if passed else 1)


def find_test_modules(app: str) -> Iterator[str]:
	package = Path(frappe.get_app_path(app))
	for path in sorted(package.rglob("test_*.py")):
		yield ".".join(path.relative_to(package.parent).with_suffix("").parts)


commands = [run_tests]
