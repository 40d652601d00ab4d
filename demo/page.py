"""A page with both sites side by side, following live, and buttons for what people do there."""

import json
import threading
from pathlib import Path

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from demo.sites import Site, link

PAGE = Path(__file__).with_name("page.html")
PORT = 8899
DOCTYPES = ["Shop Customer", "Shop Item", "Shop Invoice"]
NEWEST = 8


class Page:
	def __init__(self, head: Site, branch: Site):
		self.head = head
		self.branch = branch
		self.lock = threading.Lock()  # a site's shell answers one question at a time
		self.actions = {
			"create": self.create,
			"change": self.change,
			"delete": self.delete,
			"approve": lambda: link.approve(head, branch),
			"reject": lambda: link.reject(head, branch),
			"break": lambda: branch.call("make_mandatory", doctype="Shop Item", fieldname="supplier"),
			"fix": lambda: branch.call("make_optional", doctype="Shop Item", fieldname="supplier"),
			"resync": self.resync,
		}

	def __call__(self, environ, start_response):
		request = Request(environ)
		try:
			response = self.answer(request)
		except Exception as error:
			response = Response(str(error), 500)
		return response(environ, start_response)

	def answer(self, request: Request) -> Response:
		if request.path == "/":
			return Response(PAGE.read_text(), mimetype="text/html")
		with self.lock:
			if request.path == "/state":
				return Response(json.dumps(self.state(), default=str), mimetype="application/json")
			action = self.actions.get(request.path.removeprefix("/do/"))
			if request.method != "POST" or not action:
				return Response("There is no such page.", 404)
			action()
			return Response("{}", mimetype="application/json")

	def state(self) -> dict:
		return {
			"head": self.site_state(
				self.head, "Update Log", ["position", "update_type", "ref_doctype", "docname"]
			),
			"branch": self.site_state(
				self.branch,
				"Event Sync Log",
				["status", "update_type", "remote_doctype", "remote_docname", "message"],
			),
			"link": link.statuses(self.branch, self.head),
		}

	def site_state(self, site: Site, log: str, fields: list[str]) -> dict:
		return {
			"url": site.url,
			"documents": {doctype: self.newest(site, doctype) for doctype in DOCTYPES},
			"counts": {doctype: site.call("count", doctype=doctype) for doctype in DOCTYPES},
			"log": list(reversed(site.rows(log, fields)))[:NEWEST],
		}

	def newest(self, site: Site, doctype: str) -> list[str]:
		return list(reversed(site.names(doctype)))[:NEWEST]

	def create(self) -> None:
		items = self.newest(self.head, "Shop Item")
		if items:
			rows = [{"item": items[0], "qty": 1, "warehouse": "Main"}]
			self.head.call("insert_and_submit", doctype="Shop Invoice", items=rows)
		self.head.create("Shop Item")

	def change(self) -> None:
		for item in self.newest(self.head, "Shop Item")[:1]:
			rate = self.head.value("Shop Item", item, "standard_rate") or 0
			self.head.update("Shop Item", item, standard_rate=rate + 1)

	def delete(self) -> None:
		for item in self.newest(self.head, "Shop Item")[:1]:
			self.head.delete("Shop Item", item)

	def resync(self) -> None:
		failed = [row["name"] for row in link.sync_logs(self.branch, status="Failed")]
		if failed:
			self.branch.call("resync", names=failed)


def serve(head: Site, branch: Site) -> None:
	"""Until interrupted."""
	try:
		server = make_server("127.0.0.1", PORT, Page(head, branch), threaded=True)
	except SystemExit:  # what Werkzeug does when the port is taken
		server = make_server("127.0.0.1", 0, Page(head, branch), threaded=True)
	print(f"\nBoth sites stay up. Look at http://127.0.0.1:{server.port} and stop with Ctrl+C.", flush=True)
	try:
		server.serve_forever()
	except KeyboardInterrupt:
		print("\nstopped")
