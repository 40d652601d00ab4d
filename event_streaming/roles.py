"""Who may do what with links, for what is not decided by the permissions of a DocType."""

OWN = ("Event Streaming Manager", "Event Streaming User")
MANAGERS = ("System Manager", "Event Streaming Manager")  # links, mappings, approvals
USERS = (*MANAGERS, "Event Streaming User")  # look, Resync, Skip
