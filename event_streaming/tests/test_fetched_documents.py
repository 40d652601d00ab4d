from event_streaming.consumer.feed.source import FetchedDocuments
from event_streaming.exceptions import AnswerTooLarge, RemoteError, ServerFailed, ServerUnavailable
from event_streaming.tests.case import IntegrationTestCase

KEYS = [("Note", name) for name in "abcdefg"]


class Source:
	"""Gives documents, but for those at which it fails."""

	def __init__(self, **failing):
		self.failing = failing
		self.asked = []

	def get_documents(self, keys, linked_from=()):
		self.asked.append([name for _doctype, name in keys])
		for _doctype, name in keys or [("", "nothing")]:
			if name in self.failing:
				raise self.failing[name]
		return {"documents": [{"doctype": one, "name": name, "log_id": 1, "doc": {}} for one, name in keys]}


class TestFetchedDocuments(IntegrationTestCase):
	def test_one_that_the_source_fails_at_fails_alone(self):
		fetched = FetchedDocuments(Source(d=ServerFailed("Oops")))
		fetched.fetch(KEYS)
		self.assertEqual({name for _doctype, name in fetched.documents}, set("abcefg"))
		with self.assertRaises(RemoteError) as raised:
			fetched.get(("Note", "d"))
		self.assertIn("Oops", str(raised.exception))
		self.assertNotIsInstance(raised.exception, ServerUnavailable)

	def test_one_that_is_too_large_fails_alone(self):
		fetched = FetchedDocuments(Source(a=AnswerTooLarge("Much"), g=ServerFailed("Oops")))
		fetched.fetch(KEYS)
		self.assertEqual({name for _doctype, name in fetched.failed}, {"a", "g"})

	def test_a_source_that_fails_whatever_it_is_asked_is_the_fault_of_no_document(self):
		fetched = FetchedDocuments(Source(d=ServerFailed("Oops"), nothing=ServerFailed("Down")))
		with self.assertRaises(ServerUnavailable):
			fetched.fetch(KEYS)
		self.assertEqual(fetched.failed, {})

	def test_a_proxy_that_says_that_the_site_is_off_is_the_fault_of_no_document(self):
		source = Source(d=ServerUnavailable("Bad gateway"))
		with self.assertRaises(ServerUnavailable):
			FetchedDocuments(source).fetch(KEYS)
		self.assertEqual(len(source.asked), 1)
