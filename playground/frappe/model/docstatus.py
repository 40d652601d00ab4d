"""Draft, submitted, cancelled: an int that can be asked."""


class DocStatus(int):
	@classmethod
	def draft(cls) -> "DocStatus":
		return cls(0)

	@classmethod
	def submitted(cls) -> "DocStatus":
		return cls(1)

	@classmethod
	def cancelled(cls) -> "DocStatus":
		return cls(2)

	def is_draft(self) -> bool:
		return self == 0

	def is_submitted(self) -> bool:
		return self == 1

	def is_cancelled(self) -> bool:
		return self == 2
