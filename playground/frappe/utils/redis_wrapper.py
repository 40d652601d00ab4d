"""`frappe.cache`: a Redis client that keeps each site's keys apart and remembers values within a request.

Like Frappe's, it goes on without the cache when Redis can't be reached.
"""

import pickle
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import redis

import frappe
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)

ConnectionError = redis.exceptions.ConnectionError


class RedisWrapper(redis.Redis):
	def __call__(self) -> "RedisWrapper":
		return self

	def connected(self) -> bool:
		try:
			return bool(self.ping())
		except ConnectionError:
			return False

	def make_key(self, key: str, user: str | bool | None = None, shared: bool = False) -> bytes | str:
		if shared:
			return key
		if user:
			key = f"user:{frappe.session.user if user is True else user}:{key}"
		return f"{frappe.conf.db_name}|{key}".encode()

	# Single values

	def set_value(
		self,
		key: str,
		val: Any,
		user: str | bool | None = None,
		expires_in_sec: int | None = None,
		shared: bool = False,
	) -> None:
		key = self.make_key(key, user, shared)
		if not expires_in_sec:
			frappe.local.cache[key] = val
		with suppress(ConnectionError):
			if expires_in_sec:
				self.setex(name=key, time=expires_in_sec, value=pickle.dumps(val))
			else:
				self.set(key, pickle.dumps(val))

	def get_value(
		self,
		key: str,
		generator: Callable | None = None,
		user: str | bool | None = None,
		expires: bool = False,
		shared: bool = False,
	) -> Any:
		"""`expires=True` for values that were set with a lifetime: those are not remembered in the request."""
		original_key, key = key, self.make_key(key, user, shared)
		if key in frappe.local.cache:
			return frappe.local.cache[key]
		value = None
		with suppress(ConnectionError):
			value = self.get(key)
		if value is not None:
			value = pickle.loads(value)
		if not expires:
			if value is None and generator:
				value = generator()
				self.set_value(original_key, value, user=user, shared=shared)
			else:
				frappe.local.cache[key] = value
		return value

	def get_keys(self, key: str) -> list[bytes]:
		"""Full keys that start with `key`."""
		try:
			return self.keys(self.make_key(key + "*"))
		except ConnectionError:
			prefix = self.make_key(key)
			return [known for known in frappe.local.cache if known.startswith(prefix)]

	def delete_keys(self, key: str) -> None:
		self.delete_value(self.get_keys(key), make_keys=False)

	def delete_key(self, *args: Any, **kwargs: Any) -> None:
		self.delete_value(*args, **kwargs)

	def delete_value(
		self, keys: Any, user: str | bool | None = None, make_keys: bool = True, shared: bool = False
	) -> None:
		if not keys:
			return
		if not isinstance(keys, list | tuple):
			keys = (keys,)
		if make_keys:
			keys = [self.make_key(key, shared=shared, user=user) for key in keys]
		for key in keys:
			frappe.local.cache.pop(key, None)
		with suppress(ConnectionError):
			self.delete(*keys)

	def exists(self, *names: str, user: str | bool | None = None, shared: bool | None = None) -> int:
		try:
			return super().exists(*(self.make_key(name, user=user, shared=shared) for name in names))
		except ConnectionError:
			return False

	# Hashes

	def hset(self, name: str, key: str, value: Any, shared: bool = False, *args: Any, **kwargs: Any) -> None:
		if key is None:
			return
		name = self.make_key(name, shared=shared)
		frappe.local.cache.setdefault(name, {})[key] = value
		with suppress(ConnectionError):
			super().hset(name, key, pickle.dumps(value), *args, **kwargs)

	def hget(self, name: str, key: str, generator: Callable | None = None, shared: bool = False) -> Any:
		if not key:
			return None
		full_name = self.make_key(name, shared=shared)
		known = frappe.local.cache.setdefault(full_name, {})
		if key in known:
			return known[key]
		value = None
		with suppress(ConnectionError):
			value = super().hget(full_name, key)
		if value is not None:
			value = known[key] = pickle.loads(value)
		elif generator:
			value = generator()
			self.hset(name, key, value, shared=shared)
		return value

	def hgetall(self, name: str) -> dict:
		return {key: pickle.loads(value) for key, value in super().hgetall(self.make_key(name)).items()}

	def hexists(self, name: str, key: str, shared: bool = False) -> bool:
		if key is None:
			return False
		try:
			return super().hexists(self.make_key(name, shared=shared), key)
		except ConnectionError:
			return False

	def hdel(self, name: str, key: str, shared: bool = False) -> None:
		name = self.make_key(name, shared=shared)
		frappe.local.cache.get(name, {}).pop(key, None)
		with suppress(ConnectionError):
			super().hdel(name, key)

	def hkeys(self, name: str) -> list[bytes]:
		try:
			return super().hkeys(self.make_key(name))
		except ConnectionError:
			return []

	# Lists and sets

	def lpush(self, key: str, value: Any) -> int:
		return super().lpush(self.make_key(key), value)

	def rpush(self, key: str, value: Any) -> int:
		return super().rpush(self.make_key(key), value)

	def lpop(self, key: str) -> bytes | None:
		return super().lpop(self.make_key(key))

	def rpop(self, key: str) -> bytes | None:
		return super().rpop(self.make_key(key))

	def llen(self, key: str) -> int:
		return super().llen(self.make_key(key))

	def lrange(self, key: str, start: int, stop: int) -> list[bytes]:
		return super().lrange(self.make_key(key), start, stop)

	def ltrim(self, key: str, start: int, stop: int) -> None:
		return super().ltrim(self.make_key(key), start, stop)

	def sadd(self, name: str, *values: Any) -> None:
		super().sadd(self.make_key(name), *values)

	def srem(self, name: str, *values: Any) -> None:
		super().srem(self.make_key(name), *values)

	def sismember(self, name: str, value: Any) -> bool:
		return super().sismember(self.make_key(name), value)

	def spop(self, name: str) -> bytes | None:
		return super().spop(self.make_key(name))

	def smembers(self, name: str) -> set[bytes]:
		return super().smembers(self.make_key(name))


def setup_cache() -> RedisWrapper:
	return RedisWrapper.from_url(frappe.conf.get("redis_cache"))
