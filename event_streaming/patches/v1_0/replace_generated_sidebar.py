from event_streaming.desk import launcher


def execute() -> None:
	launcher.remove_generated()
