"""Addresses of sites: one spelling for each, this site's own, and which ones may be called at all.

A URL reaches this app from an administrator or from another site, so it is hostile until proven otherwise:
`check_allowed` looks at every address that the name stands for, and the client looks once more at the
address that it is really connected to.
"""

import ipaddress
import re
import socket
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit

import frappe
from frappe import _
from frappe.utils import cint, get_url

from event_streaming import settings
from event_streaming.exceptions import ConnectionFailed, UrlNotAllowed

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_LENGTH = 140  # a site's URL is the name of documents
HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
UNCALLABLE = ".invalid"
NUMERIC_LABEL = re.compile(r"\d+|0x[0-9a-f]*")

# Never, whatever the configuration: "this host", link-local, and where clouds serve credentials to machines.
FORBIDDEN_NETWORKS = [
	ipaddress.ip_network(network)
	for network in (
		"0.0.0.0/8",
		"169.254.0.0/16",
		"100.100.100.200/32",
		"168.63.129.16/32",
		"192.0.0.192/32",
		"fe80::/10",
		"fd00:ec2::/32",
		"fd20:ce::254/128",
	)
]
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def normalize_url(url: str) -> str:
	"""`scheme://host[:port]` in lower case; a path, query and the scheme's own port are left out.

	:raises UrlNotAllowed: not http(s), no host, user name or password in it, or a host no site is named by
	"""
	parts = _split(url)
	host = _normalize_host(parts.hostname)
	port = _read_port(parts)
	if port is not None and port != DEFAULT_PORTS[parts.scheme]:
		host = f"{host}:{port}"
	normalized = f"{parts.scheme}://{host}"
	if len(normalized) > MAX_LENGTH:
		_refuse(_("This URL is longer than {0} characters.").format(MAX_LENGTH))
	return normalized


def uncallable_url(site_id: str) -> str:
	"""What stands for the URL of a site that nobody can call. No name ends like this (RFC 2606), so it is nobody's address."""
	return f"https://{site_id}{UNCALLABLE}"


def is_callable(url: str) -> bool:
	"""Whether a normalized URL is the address of a site."""
	return not url.endswith(UNCALLABLE)


def own_url() -> str:
	"""The URL under which other sites reach this one, normalized.

	:raises UrlNotAllowed: in a request under another name than the site's, with no `host_name` to tell which
	        of them is meant
	"""
	if frappe.conf.host_name:
		return normalize_url(_with_scheme(frappe.conf.host_name))
	if getattr(frappe.local, "request", None):
		return normalize_url(_request_url())
	return normalize_url(get_url())


def check_allowed(url: str, by_proxy: bool = False) -> None:
	"""Resolves the host and judges every address.

	:param by_proxy: whether a proxy resolves the name; then only addresses that are written as such are judged
	:raises UrlNotAllowed: at least one address must not be called from here
	:raises ConnectionFailed: the name cannot be resolved
	"""
	url = normalize_url(url)
	if not is_callable(url):
		_refuse(_("{0} stands for a site that cannot be called. Pair with it by a code.").format(url))
	host = urlsplit(url).hostname or ""
	for address in _literal_address(host) if by_proxy else resolve(host):
		check_address(address, host)


def check_address(address: str, host: str) -> None:
	"""
	:param address: numeric, as `getaddrinfo` and `getpeername` give it
	:param host: the name that stands for it, for the message
	:raises UrlNotAllowed:
	"""
	ip = _embedded_address(ipaddress.ip_address(address.partition("%")[0]))
	if _is_forbidden(ip):
		_refuse(_("{0} resolves to an address that is never allowed.").format(host))
	if not ip.is_global and not private_network_allowed():
		_refuse(
			_(
				"{0} is in a private network. If both sites belong there, tick Allow Private Networks in"
				" Event Streaming Settings of the site that says this."
			).format(host)
		)


def _literal_address(host: str) -> list[str]:
	try:
		return [str(ipaddress.ip_address(host))]
	except ValueError:
		return []


def private_network_allowed() -> bool:
	return settings.is_ticked("allow_private_network") or bool(cint(frappe.conf.developer_mode))


def resolve(host: str) -> list[str]:
	"""All numeric addresses of `host`."""
	try:
		found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
	except (OSError, UnicodeError):
		found = []
	if not found:
		frappe.throw(
			_(
				"{0} cannot be found: no address is known for that name. Check the spelling and the DNS."
			).format(host),
			ConnectionFailed,
		)
	return sorted({str(entry[4][0]) for entry in found})


def _split(url: str) -> SplitResult:
	if not isinstance(url, str) or not url.strip():
		_refuse(_("A URL is missing."))
	url = url.strip()
	if re.search(r"[\s\\\x00-\x1f\x7f]", url):
		_refuse(_("A URL must not contain spaces or backslashes."))
	try:
		parts = urlsplit(url)
	except ValueError:
		_refuse(_("This is no URL: {0}").format(url[:MAX_LENGTH]))
	if parts.scheme not in DEFAULT_PORTS:
		_refuse(
			_("A site's URL begins with http:// or https://, this one does not: {0}").format(url[:MAX_LENGTH])
		)
	if "@" in parts.netloc:
		_refuse(_("A site's URL must not contain a user name or a password."))
	if not parts.hostname:
		_refuse(_("This URL names no host: {0}").format(url[:MAX_LENGTH]))
	return parts


def _read_port(parts: SplitResult) -> int | None:
	try:
		return parts.port
	except ValueError:
		_refuse(_("This URL has no valid port."))


def _normalize_host(host: str | None) -> str:
	host = (host or "").rstrip(".")
	if "%" in host:  # the zone of a link-local address
		_refuse_host(host)
	if ":" in host:
		return f"[{_parse_address(host).compressed}]"
	try:
		host = host.encode("ascii" if host.isascii() else "idna").decode().lower()
	except UnicodeError:
		_refuse_host(host)
	if NUMERIC_LABEL.fullmatch(host.rsplit(".", 1)[-1]):
		return _parse_address(host).compressed  # 2130706433, 0x7f.1 and 127.1 are spellings to hide behind
	if not HOST_NAME.fullmatch(host):
		_refuse_host(host)
	return host


def _parse_address(host: str) -> Address:
	try:
		return ipaddress.ip_address(host)
	except ValueError:
		_refuse_host(host)


def _embedded_address(ip: Address) -> Address:
	"""The IPv4 address that an IPv6 address merely wraps (mapped, 6to4, Teredo, NAT64), else itself."""
	if ip.version == 4:
		return ip
	if ip in NAT64:
		return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
	return ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1]) or ip


def _is_forbidden(ip: Address) -> bool:
	if ip.is_loopback:  # in IPv6 it is one of the reserved addresses
		return False
	if ip.is_unspecified or ip.is_multicast or ip.is_link_local or ip.is_reserved:
		return True
	return any(ip in network for network in FORBIDDEN_NETWORKS if network.version == ip.version)


def _with_scheme(host_name: str) -> str:
	return host_name if "://" in host_name else f"http://{host_name}"


def _request_url() -> str:
	"""Of the request's own name only if it is the site's: the Host header is the caller's to choose."""
	request = frappe.local.request
	if _normalize_host(urlsplit(f"//{request.host}").hostname or "") != (frappe.local.site or "").lower():
		_refuse(
			_(
				"This site cannot tell its own URL: it is called {0}, and this request asked for {1}. Set host_name"
				" in its site config to the URL under which other sites reach it."
			).format(frappe.local.site, request.host)
		)
	scheme = "https" if request.headers.get("X-Forwarded-Proto") == "https" else request.scheme
	return f"{scheme}://{request.host}"


def _refuse_host(host: str) -> NoReturn:
	_refuse(_("{0} is neither a host name nor an address in the usual notation.").format(host[:MAX_LENGTH]))


def _refuse(message: str) -> NoReturn:
	frappe.throw(message, UrlNotAllowed)
