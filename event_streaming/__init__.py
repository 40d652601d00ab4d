from typing import TYPE_CHECKING

if TYPE_CHECKING:
	from event_streaming.context import ReplayContext

__version__ = "0.1.0"


def replay_context() -> "ReplayContext | None":
	"""What is being replayed at the moment, for other apps; see `event_streaming.context`."""
	from event_streaming.context import replay_context

	return replay_context()
