"""Bringing an app's DocTypes and other records into a site."""

import os

import frappe
from frappe.modules.import_file import import_file_by_path
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)

# Frappe's order; what playground sites have no DocType for is passed over by the import.
IMPORTABLE = """doctype page report dashboard_chart_source print_format web_page website_theme web_form web_template
	notification print_style workspace onboarding_step module_onboarding form_tour client_script server_script
	custom_field property_setter""".split()


def sync_for(app_name: str, force: int = 0, reset_permissions: bool = False) -> None:
	for module in frappe.local.app_modules.get(app_name) or []:
		folder = os.path.dirname(frappe.get_module(f"{app_name}.{module}").__file__)
		for path in get_doc_files(folder):
			import_file_by_path(path, force=force, ignore_version=True, reset_permissions=reset_permissions)
			frappe.db.commit()


def get_doc_files(start_path: str) -> list[str]:
	paths = []
	for kind in IMPORTABLE:
		folder = os.path.join(start_path, kind)
		for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
			path = os.path.join(folder, name, f"{name}.json")
			if os.path.exists(path):
				paths.append(path)
	return paths
