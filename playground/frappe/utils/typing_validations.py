"""Arguments of whitelisted functions, checked against their annotations with pydantic."""

from collections.abc import Callable
from functools import lru_cache, wraps
from inspect import Parameter, isclass, signature
from types import EllipsisType
from typing import Any, ForwardRef, Union

from frappe.exceptions import FrappeTypeError
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)

LENIENT = {bool: Union[int, bool, float]}  # noqa: UP007


def validate_argument_types(func: Callable, apply_condition: Callable = lambda: True) -> Callable:
	@wraps(func)
	def wrapper(*args: Any, **kwargs: Any) -> Any:
		if apply_condition():
			args, kwargs = transform_parameter_types(func, args, kwargs)
		return func(*args, **kwargs)

	return wrapper


def transform_parameter_types(func: Callable, args: tuple, kwargs: dict) -> tuple[list, dict]:
	"""The arguments, converted where pydantic converts.

	:raises FrappeTypeError: one doesn't fit its annotation
	"""
	annotations = func.__annotations__
	if not (args or kwargs) or not annotations:
		return args, kwargs
	names = func.__code__.co_varnames[: func.__code__.co_argcount]
	given = {**dict(zip(names, args, strict=False)), **kwargs}
	parameters = signature(func).parameters
	new_args = list(args)
	for name, kind in annotations.items():
		if name not in given or name not in parameters or _is_unknown(kind):
			continue
		value = _convert(name, _widen(kind, parameters[name].default), given[name])
		if name in kwargs:
			kwargs[name] = value
		else:
			new_args[names.index(name)] = value
	return new_args, kwargs


def _is_unknown(kind: Any) -> bool:
	parts = [kind, *(getattr(kind, "__args__", None) or ())]
	return any(isinstance(part, ForwardRef | str) for part in parts)


def _widen(kind: Any, default: Any) -> Any:
	"""A default's own type is allowed too, whatever the annotation says."""
	kind = LENIENT.get(kind, kind) if isclass(kind) else kind
	if default is Parameter.empty or default == kind:
		return kind
	return Union[kind, type(default)]  # noqa: UP007


def _convert(name: str, kind: Any, value: Any) -> Any:
	from pydantic import ValidationError

	try:
		converted = _get_adapter(kind).validate_python(value)
	except (TypeError, ValidationError) as error:
		raise _get_error(name, kind, value) from error
	if isinstance(converted, EllipsisType):
		raise _get_error(name, kind, value)
	return converted


@lru_cache(maxsize=2048)
def _get_adapter(kind: Any) -> Any:
	from pydantic import ConfigDict, TypeAdapter

	try:
		return TypeAdapter(kind, config=ConfigDict(arbitrary_types_allowed=True))
	except Exception as error:
		raise TypeError(str(error)) from error


def _get_error(name: str, kind: Any, value: Any) -> FrappeTypeError:
	return FrappeTypeError(
		f"Argument '{name}' should be of type '{_describe(kind)}' but got '{_describe(value)}' instead."
	)


def _describe(obj: Any) -> Any:
	kind = obj if isclass(obj) else type(obj)
	if kind.__module__ in ("typing", "types"):
		return obj
	return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
