"""What a consumer is told, asked with its own key and not by its own program."""

import json

from support.visitor import Visitor


class Consumer:
	"""Has the key of the link from branch to hq, and a program of its own."""

	def __init__(self, hq, branch):
		key = hq.call("support.trust:link_key", doctype="Event Consumer", name=branch.url)
		self.hq, self.visitor = hq, Visitor.link(hq, **key)

	def call(self, function: str, **arguments):
		reply = self.visitor.call(function, arguments)
		assert reply.status == 200, reply.text
		return reply.message

	def events(self) -> list[dict]:
		epoch = self.hq.call("support.trust:epoch")
		return self.call("get_updates", after=0, event_key="", epoch=epoch, limit=500)["events"]

	def documents(self, *keys) -> list[dict]:
		return [
			found["doc"]
			for found in self.call("get_documents", documents=[list(key) for key in keys])["documents"]
		]

	def find(self, doctype: str, filters=None) -> list[str]:
		return self.call("find_documents", doctype=doctype, filters=filters or {}, limit=20)["names"]

	def list(self, doctype: str, **arguments) -> dict:
		return self.call("list_documents", doctype=doctype, count=True, **arguments)

	def told(self, *keys) -> str:
		"""Everything that it can get."""
		doctypes = [doctype for doctype, _name in keys]
		found = [[self.find(doctype), self.list(doctype)] for doctype in doctypes]
		return json.dumps([self.events(), self.documents(*keys), found])
