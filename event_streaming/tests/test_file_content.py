import hashlib
from unittest.mock import patch

import frappe
from frappe.core.doctype.file.file import File

from event_streaming.document import file_content
from event_streaming.tests.case import IntegrationTestCase

CONTENT = bytes(range(256)) * 40


class TestFileContent(IntegrationTestCase):
	def setUp(self):
		name = frappe.generate_hash(length=8)
		self.file = frappe.get_doc(
			doctype="File", file_name=f"{name}.bin", is_private=1, content=CONTENT + name.encode()
		).insert()
		self.content = CONTENT + name.encode()

	def sha256(self, content: bytes) -> str:
		return hashlib.sha256(content).hexdigest()

	def test_pieces_make_the_whole(self):
		size = len(self.content)
		pieces = [file_content.piece(self.file.name, start, 1000) for start in range(0, size, 1000)]
		self.assertEqual(b"".join(data for data, _size, _sha256 in pieces), self.content)
		self.assertEqual(
			{told for _data, *told in map(list, pieces) for told in [tuple(told)]},
			{(size, self.sha256(self.content))},
		)
		self.assertEqual(file_content.piece(self.file.name, size, 1000)[0], b"")
		self.assertEqual(file_content.whole(self.file.name), self.content)

	def test_it_is_hashed_once(self):
		told = file_content.piece(self.file.name, 0, 10)
		with patch.object(file_content, "PIECE", 0):  # who hashes now, hashes nothing
			self.assertEqual(file_content.piece(self.file.name, 0, 10), told)

	def test_what_is_replaced_on_the_disk_is_another_content(self):
		file_content.piece(self.file.name, 0, 10)
		other = b"!" + self.content[1:]
		with open(self.file.get_full_path(), "wb") as file:
			file.write(other)
		self.assertEqual(
			file_content.piece(self.file.name, 0, 3), (other[:3], len(other), self.sha256(other))
		)

	def test_what_an_app_keeps_elsewhere_is_asked_of_the_app(self):
		with patch.object(File, "get_content", lambda file, encodings=None: "kept elsewhere"):
			told = file_content.piece(self.file.name, 5, 4)
		self.assertEqual(told, (b"else", 14, self.sha256(b"kept elsewhere")))
