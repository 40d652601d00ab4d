"""HTML in field values: cleaned with bleach, by html5lib's lists of harmless tags and attributes."""

import json
from functools import lru_cache
from html import unescape
from typing import Any

from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)

MORE_TAGS = frozenset(("html", "head", "meta", "link", "body", "style", "o:p"))
PROTOCOLS = frozenset(("cid", "http", "https", "mailto"))


@lru_cache(maxsize=1)
def _get_allowed() -> tuple[frozenset, frozenset, Any]:
	from bleach._vendor.html5lib.filters import sanitizer
	from bleach.css_sanitizer import CSSSanitizer
	from bleach_allowlist import bleach_allowlist

	tags = frozenset(name for _namespace, name in sanitizer.allowed_elements) | MORE_TAGS
	attributes = frozenset(name for _namespace, name in sanitizer.allowed_attributes)
	return tags, attributes, CSSSanitizer(allowed_css_properties=bleach_allowlist.all_styles)


def sanitize_html(html: Any, linkify: bool = False, always_sanitize: bool = False) -> Any:
	"""HTML without scripts and handlers. Text without a tag and JSON stay as they are."""
	import bleach
	from bs4 import BeautifulSoup

	if not isinstance(html, str):
		return html
	if not always_sanitize and (is_json(html) or not BeautifulSoup(html, "html.parser").find()):
		return html
	tags, attributes, css = _get_allowed()
	return bleach.clean(
		html,
		tags=tags,
		attributes=lambda _tag, name, _value: name.startswith("data-") or name in attributes,
		css_sanitizer=css,
		strip_comments=False,
		protocols=PROTOCOLS,
	)


def is_json(text: Any) -> bool:
	try:
		json.loads(text)
	except ValueError:
		return False
	return True


def unescape_html(value: str) -> str:
	return unescape(value)
