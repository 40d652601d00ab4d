"""What the earlier app of this name left becomes this one's; see docs/coming_over.md. Such a site was never installed by this
app, so it gets its log and its id first."""

from event_streaming import install
from event_streaming.takeover.takeover import take_over


def execute() -> None:
	install.make_site_ready()
	take_over()
