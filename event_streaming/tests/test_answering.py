from itertools import pairwise
from unittest.mock import Mock, patch

from event_streaming import answering, lingering
from event_streaming.answering import Conversation
from event_streaming.exceptions import ConnectionFailed, CredentialsRefused
from event_streaming.tests.case import IntegrationTestCase

CONSUMER = "https://head-office.example"
LINE = 0.05  # seconds there and back
CLOCK = 1000.0


class Line:
	"""Head office by its clock: what it wants to know when, and when the shop has heard of it."""

	max_kbits = 0

	def __init__(self):
		self.now = CLOCK
		self.wanted: list[float] = []  # when something is put into the mailbox
		self.heard: list[float] = []  # how long each of them has waited
		self.questions: list[float] = []
		self.trouble: Exception | None = None

	def exchange(self, _answer: dict | None, wait: float, _news: bool) -> dict | None:
		self.questions.append(self.now)
		self.now += LINE
		if self.trouble:
			raise self.trouble
		end = self.now + wait
		if self.wanted and self.wanted[0] <= end:
			self.now = max(self.now, self.wanted[0])
			self.heard.append(self.now - self.wanted.pop(0))
			return {"id": "1", "function": "handshake", "arguments": {}}
		self.now = end
		return None

	def allow(self, _max_kbits) -> None:
		pass


class TestHowOftenAShopAsks(IntegrationTestCase):
	def setUp(self):
		super().setUp()
		self.line = Line()
		self.use(answering, "time").monotonic.side_effect = lambda: self.line.now
		self.use(answering, "answer_request", return_value={"id": "1"})
		self.use(answering.link_state, "note_trouble")
		self.use(Conversation, "_has_news", return_value=False)
		self.use(lingering, "wait", side_effect=self.wait)
		self.conversation = Conversation(CONSUMER, self.line)

	def use(self, target, name: str, **values) -> Mock:
		patcher = patch.object(target, name, **values)
		self.addCleanup(patcher.stop)
		return patcher.start()

	def wait(self, _bell, deadline: float, _meanwhile, rings_after: float) -> bool:
		self.line.now += rings_after
		return self.line.now < deadline

	def go_on(self, seconds: float) -> None:
		self.conversation.go_on(Mock(), self.line.now + seconds)

	def test_while_idle_it_makes_at_most_one_request_each_five_seconds(self):
		self.go_on(600)
		self.assertLessEqual(len(self.line.questions), 600 / 5 + 1)
		self.assertGreaterEqual(len(self.line.questions), 600 / 10, "head office takes it for absent")

	def test_while_busy_half_of_all_requests_are_heard_within_half_a_second(self):
		self.line.wanted = [CLOCK + 0.7 * number for number in range(200)]
		self.go_on(150)
		waited = sorted(self.line.heard)
		self.assertEqual(len(waited), 200)
		self.assertLessEqual(waited[100], 0.5)
		self.assertLessEqual(waited[-1], 5 + 2 * LINE, "the first one found it idle")

	def test_it_becomes_idle_again(self):
		self.line.wanted = [CLOCK]
		self.go_on(answering.BUSY + 1)
		asked = len(self.line.questions)
		self.go_on(600)
		self.assertLessEqual(len(self.line.questions) - asked, 600 / 5 + 1)

	def test_a_site_that_is_off_is_asked_ever_less_often(self):
		self.line.trouble = ConnectionFailed("It is off.")
		self.go_on(3600)
		pauses = [after - before for before, after in pairwise(self.line.questions)]
		self.assertEqual(pauses, sorted(pauses))
		self.assertAlmostEqual(pauses[0], 5 + LINE)
		self.assertAlmostEqual(pauses[-1], answering.LONGEST_INTERVAL + LINE)

	def test_a_job_whose_key_is_refused_makes_way_for_one_with_the_new_key(self):
		self.line.trouble = CredentialsRefused("No link has this key and secret.")
		self.go_on(600)
		self.assertEqual(len(self.line.questions), 1)
