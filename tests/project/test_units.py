"""The tests beside the DocTypes, as `bench run-tests --app event_streaming` runs them: on a site of their own."""

import re


def test_run_tests_passes(backend, third):
	third.close_shells()
	# Frappe's test users get mail.
	third.configure(auto_email_id="test@example.com", mail_server="mail.example.com")
	output = backend.run_command(third, "run-tests", "--app", "event_streaming")
	ran = sum(int(number) for number in re.findall(r"Ran (\d+) tests?", output))
	assert ran >= 150, output
	assert not re.search(r"FAILED|errors=|failures=", output), output
