from unittest.mock import patch

import click
import frappe

from event_streaming import terminal
from event_streaming.tests.case import IntegrationTestCase


class TestBar(IntegrationTestCase):
	def test_it_shows_the_figures_of_the_form(self):
		row = frappe._dict(
			status="Running", ref_doctype="Item", done=250, total=1000, per_second=25.0, seconds_left=30
		)
		with (
			patch.object(terminal.sys.stdout, "isatty", return_value=True, create=True),
			patch.object(click, "echo") as echo,
		):
			with terminal.Bar("https://hq.example") as bar:
				bar.show_runs([row])
		line = echo.call_args_list[0].args[0]
		self.assertIn("https://hq.example Item", line)
		self.assertIn("250/1000  25/s  0:00:30 left", line)

	def test_control_c_stops_the_work_for_good(self):
		stopped = []
		with self.assertRaisesRegex(click.ClickException, "goes on where it was"):
			with terminal.Bar("a site", lambda: stopped.append(1)):
				raise KeyboardInterrupt
		self.assertEqual(stopped, [1])
