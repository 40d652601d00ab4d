"""Where a document of a DocType links to others."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LinkField:
	"""A field of `holder`, or of the rows of its `table`; a Dynamic Link has its `target` in another field."""

	holder: str
	table: str
	field: str
	target: str | None
	doctype_field: str | None = None

	@property
	def path(self) -> str:
		return f"{self.table}.{self.field}" if self.table else self.field
