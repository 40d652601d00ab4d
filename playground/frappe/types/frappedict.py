"""A dict whose keys are attributes too, and whose missing attributes are None."""

from typing import TYPE_CHECKING, Any


class _dict(dict):
	__slots__ = ()
	if TYPE_CHECKING:

		def __getattr__(self, name: str) -> Any: ...

		def __setattr__(self, name: str, value: Any) -> None: ...

	else:
		__getattr__ = dict.get
		__setattr__ = dict.__setitem__
		__delattr__ = dict.__delitem__
		__setstate__ = dict.update

	def __getstate__(self) -> "_dict":
		return self

	def update(self, *args: Any, **kwargs: Any) -> "_dict":
		super().update(*args, **kwargs)
		return self

	def copy(self) -> "_dict":
		return _dict(self)
