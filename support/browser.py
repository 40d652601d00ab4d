"""Desk in a real browser: headless Chromium, logged in to a site, which fails its test on any error in the console.

Pages are opened in two sizes, LAPTOP and PHONE. With `EVENT_STREAMING_SCREENSHOTS=1` `Desk.screenshot` writes
docs/images; else it writes nothing, so that running the tests leaves the checkout clean.
"""

import importlib.util
import io
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.backend import CHECKOUT
from support.site import Site
from support.visitor import PASSWORD

if TYPE_CHECKING:
	from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Playwright

LAPTOP, PHONE = (1366, 768), (390, 844)
IMAGES = CHECKOUT / "docs" / "images"
SWITCHES = (
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
)
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
HIGHEST = 2400
TIMEOUT = 20_000  # milliseconds

DESK = re.compile(r"/(app|desk)/?")

# What Frappe itself says in the console, whatever this app does.
NOT_OURS = (
	re.compile(r"socket\.io"),  # the tests run no socket server; forms ask the site instead
)
IS_STILL = """() => {
	const { frappe, $ } = window;
	if (!frappe?.boot || !$ || frappe.request?.ajax_count || $.active) return false;
	if ($(".freeze:visible, .workspace-skeleton:visible, .list-loading:visible").length) return false;
	if (document.body.innerText.includes("Loading...")) return false;
	return $(".page-body:visible").length > 0;
}"""


def reason_to_skip(assets: Path) -> str | None:
	"""What is missing for tests in a browser.

	:param assets: folder with what `bench build` makes
	"""
	if not importlib.util.find_spec("playwright"):
		return "needs playwright: pip install -r tests/requirements.txt"
	if not find_chromium():
		return f"needs one of these programs on the path: {', '.join(PROGRAMS)}"
	if not (assets / "assets.json").exists():
		return "the bench has no assets: run `bench build` there"
	return None


def find_chromium() -> str | None:
	return next(filter(None, map(shutil.which, PROGRAMS)), None)


HIDDEN_BELOW = """Math.max(0, ...[document.scrollingElement, ...document.querySelectorAll(".layout-main-section-wrapper")]
	.map((scrolled) => scrolled.scrollHeight - scrolled.clientHeight))"""
KEEP_STILL = """window.addEventListener("resize", (event) => {
	if (window.is_being_pictured) event.stopImmediatePropagation();
}, true);"""


class Browser:
	"""One Chromium for a run of the tests; each Desk has a profile of its own."""

	def __init__(self) -> None:
		from playwright.sync_api import sync_playwright

		self._playwright: Playwright = sync_playwright().start()
		self._chromium = self._playwright.chromium.launch(
			executable_path=find_chromium(), args=list(SWITCHES)
		)
		self.desks: list[Desk] = []

	def desk(self, site: Site, size: tuple[int, int] = LAPTOP, user: str = "Administrator") -> "Desk":
		"""Somebody's Desk, logged in, with nothing opened yet."""
		site.call("support.trust:log_in_with_password", user=user)
		width, height = size
		context = self._chromium.new_context(
			viewport={"width": width, "height": height},
			base_url=site.url,
			locale="en-GB",
			timezone_id="UTC",
			has_touch=size == PHONE,
			is_mobile=size == PHONE,
			reduced_motion="reduce",
		)
		reply = context.request.post("/api/method/login", form={"usr": user, "pwd": PASSWORD})
		assert reply.ok, reply.text()
		desk = Desk(context, site, size)
		self.desks.append(desk)
		return desk

	def close_desks(self) -> list[str]:
		"""What went wrong on any of them."""
		errors = [error for desk in self.desks for error in desk.errors]
		for desk in self.desks:
			desk.context.close()
		self.desks.clear()
		return errors

	def close(self) -> None:
		self._chromium.close()
		self._playwright.stop()


class Desk:
	"""What one person does in one browser window."""

	def __init__(self, context: "BrowserContext", site: Site, size: tuple[int, int]):
		self.context = context
		self.site = site
		self.size = size
		self.errors: list[str] = []
		context.add_init_script(KEEP_STILL)
		self.page: Page = context.new_page()
		self.page.set_default_timeout(TIMEOUT)
		self.page.on("console", self._hear)
		self.page.on("pageerror", lambda error: self._note(f"{error.message}\n{error.stack or ''}"))

	# going somewhere

	def open(self, path: str) -> "Desk":
		"""
		:param path: below /app or, on v16, /desk, for example `event-producer/new`
		"""
		self.page.goto(f"{self.site.url}/app/{path}")
		return self.wait()

	def open_form(self, doctype: str, name: str) -> "Desk":
		"""A saved document, as a click in its list opens it."""
		self._begin()
		self.page.evaluate("route => frappe.set_route(...route)", ["Form", doctype, name])
		self.page.wait_for_function(
			"([doctype, name]) => window.cur_frm?.doctype === doctype && cur_frm.docname === name",
			arg=[doctype, name],
		)
		return self.wait()

	def open_list(self, doctype: str) -> "Desk":
		self._begin()
		self.page.evaluate("route => frappe.set_route(...route)", ["List", doctype, "List"])
		self.page.wait_for_function("doctype => window.cur_list?.doctype === doctype", arg=doctype)
		return self.wait()

	def reload(self) -> "Desk":
		self.page.reload()
		return self.wait()

	def wait(self) -> "Desk":
		"""Until the page has all that it asked for, and nothing moves."""
		looks = 0
		while looks < 2:  # what was asked for may make it ask for more
			self.page.wait_for_function(IS_STILL)
			self.page.wait_for_timeout(300)
			looks = looks + 1 if self.page.evaluate(f"({IS_STILL})()") else 0
		return self

	def wait_for(self, condition: Callable[[], Any], seconds: float = 20) -> Any:
		"""What `condition` gives as soon as it is true.

		:raises AssertionError: it is not within `seconds`
		"""
		for _look in range(int(seconds * 5)):
			if found := condition():
				return found
			self.page.wait_for_timeout(200)
		raise AssertionError(f"not within {seconds} s; {self.site.name} shows:\n{self.text()}")

	def is_at(self, path: str) -> bool:
		"""Whether the address begins with `path`, which is below /app or, on v16, /desk."""
		return DESK.sub("", self.page.url.removeprefix(self.site.url)).startswith(path)

	# looking

	def text(self) -> str:
		"""All that can be read on the page."""
		return self.page.locator("body").inner_text()

	def headline(self) -> str:
		return self._visible(".form-message").first.inner_text()

	def dialog(self) -> "Locator":
		return self._visible(".modal.show .modal-content").last

	def indicator(self) -> str:
		"""The state beside the title of a form."""
		return self._visible(".page-head .indicator-pill").first.inner_text()

	# doing

	def click_button(self, label: str) -> "Desk":
		"""A button above the form, also one that a small window hides in the menu."""
		button = self._visible(".page-actions, .custom-actions, .standard-actions").get_by_role(
			"button", name=label
		)
		if not button.count() or not button.first.is_visible():
			return self.click_menu(label)
		button.first.click()
		return self.wait()

	def click_menu(self, label: str) -> "Desk":
		self._visible(".menu-btn-group > button").first.click()
		self._visible(".menu-btn-group .dropdown-menu").get_by_text(label, exact=True).first.click()
		return self.wait()

	def click_action(self, label: str) -> "Desk":
		"""What is to be done with the chosen rows of a list."""
		self._visible(".actions-btn-group > button").first.click()
		self._visible(".actions-btn-group .dropdown-menu").get_by_text(label, exact=True).first.click()
		return self.wait()

	def answer(self, label: str = "Yes") -> "Desk":
		"""Presses a button of the dialog that is open."""
		self.dialog().get_by_role("button", name=label).click()
		return self.wait()

	def close_dialog(self) -> "Desk":
		dialog = self.dialog()
		dialog.locator(".btn-modal-close").first.click()
		dialog.wait_for(state="hidden")
		return self.wait()

	def set_value(self, fieldname: str, value: Any) -> "Desk":
		"""As typing into a field of the form does, with all that hangs on it."""
		self.page.evaluate("([field, value]) => cur_frm.set_value(field, value)", [fieldname, value])
		return self.wait()

	def add_row(self, table: str, **values) -> "Desk":
		"""A new form may have an empty row, which is filled in first."""
		self.page.evaluate(
			"""async ([table, values]) => {
				const empty = (row) => Object.keys(values).every((field) => !row[field]);
				const row = (cur_frm.doc[table] || []).find(empty) || cur_frm.add_child(table);
				for (const [field, value] of Object.entries(values)) {
					await frappe.model.set_value(row.doctype, row.name, field, value);
				}
				cur_frm.refresh_field(table);
			}""",
			[table, values],
		)
		return self.wait()

	def save(self) -> "Desk":
		return self.click_button("Save")

	def screenshot(self, name: str, whole_page: bool = False) -> None:
		"""docs/images/<name>.png, or <name>-phone.png, when pictures are asked for and a page shows it."""
		if os.environ.get("EVENT_STREAMING_SCREENSHOTS") != "1":
			return
		self.wait()
		width, height = self.size
		self.page.evaluate("() => { document.activeElement?.blur(); window.scrollTo(0, 0); }")
		self.page.mouse.move(0, 0)
		if whole_page:  # in a picture of a scrolled page the fixed bars stand in the middle
			height += self.page.evaluate(HIDDEN_BELOW)
			self._resize(width, min(height, HIGHEST))
		suffix = "-phone" if self.size == PHONE else ""
		if is_shown(file := IMAGES / f"{name}{suffix}.png"):
			write_picture(self.page.screenshot(), file)
		if whole_page:
			self._resize(*self.size)

	# inside

	def _visible(self, selector: str) -> "Locator":
		return self.page.locator(selector).filter(visible=True)

	def _begin(self) -> None:
		"""Desk loads once; from then on it routes by itself."""
		if not DESK.match(self.page.url.removeprefix(self.site.url)):
			self.open("event-streaming")

	def _resize(self, width: int, height: int) -> None:
		"""Without the page's own answer to it: charts of v15 that are drawn again while they move break."""
		self.page.evaluate("window.is_being_pictured = true")
		self.page.set_viewport_size({"width": width, "height": height})
		self.wait()
		self.page.evaluate("window.is_being_pictured = false")

	def _hear(self, message: "ConsoleMessage") -> None:
		if message.type == "error":
			self._note(f"{message.text} ({message.location.get('url', '')})")

	def _note(self, error: str) -> None:
		if not any(pattern.search(error) for pattern in NOT_OURS):
			self.errors.append(f"{self.site.name} {self.page.url}: {error}")


def is_shown(picture: Path) -> bool:
	"""Whether a page of the documentation shows it: nobody looks at others."""
	pages = [*IMAGES.parent.glob("*.md"), IMAGES.parent.parent / "README.md"]
	return any(f"images/{picture.name}" in page.read_text() for page in pages)


def write_picture(png: bytes, file: Path) -> None:
	"""In a palette of 256 colors, a third of the size, and no different to the eye."""
	from PIL import Image

	file.parent.mkdir(parents=True, exist_ok=True)
	picture = Image.open(io.BytesIO(png)).convert("RGB")
	picture.quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)
