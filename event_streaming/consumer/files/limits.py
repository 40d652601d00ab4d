"""Which files of other sites this site takes, and under which names. Content is never looked into, unpacked or run."""

import os
import re
from urllib.parse import unquote, urlsplit

import frappe
from frappe import _
from frappe.utils import cint, get_url

from event_streaming import settings
from event_streaming.exceptions import FileRefused
from event_streaming.link.urls import own_url

MAX_MB = 25
MAX_LENGTH = 120  # characters of a file's name; Frappe may add some
NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff<>:\"|?*#%]")


def check_type(file_name: str) -> None:
	"""
	:raises FileRefused: this site takes no files of that type
	"""
	ending = file_name.rpartition(".")[2].lower() if "." in file_name else ""
	allowed, forbidden = _types("allowed_file_types"), _types("forbidden_file_types")
	if ending in forbidden or (allowed and ending not in allowed):
		raise FileRefused(
			_("Files of the type “{0}” are not received. See Event Streaming Settings.").format(ending)
		)


def check_size(size: int) -> None:
	"""
	:param size: in bytes
	:raises FileRefused: this site takes no files of that size
	"""
	most = settings.whole_number("max_file_mb", MAX_MB)
	if size > most * 1024 * 1024:
		raise FileRefused(
			_(
				"It has {0} MB; files of more than {1} MB are not received. See Event Streaming Settings."
			).format(cint(size / 1024 / 1024), most)
		)


def check_link(url: str) -> None:
	"""Frappe takes a link to this site itself for the path of a file here, which may be anybody's.

	:raises FileRefused: it leads here
	"""
	own = {urlsplit(one).hostname for one in (own_url(), get_url())} | {frappe.local.site}
	try:
		host = urlsplit(unquote(url)).hostname
	except ValueError:
		host = None
	if not host or host in own:
		raise FileRefused(_("It is a link to this site."))


def safe_name(file_name: str) -> str:
	"""The last part of a path as another site sent it, without what could lead anywhere else. Frappe has its own rules for
	names on top of it."""
	name = NOT_IN_NAMES.sub("_", os.path.basename(file_name.replace("\\", "/"))).strip(" .")
	stem, ending = os.path.splitext(name)
	return (stem[: MAX_LENGTH - len(ending[:20])] + ending[:20]) or "file"


def _types(field: str) -> set[str]:
	return {
		line.strip().lower().lstrip(".") for line in settings.text(field).replace(",", "\n").splitlines()
	} - {""}
