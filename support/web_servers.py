"""Web servers that are off, or are something else than Frappe's."""

import contextlib
import http.server
import threading

from support.processes import LOOPBACK


@contextlib.contextmanager
def web_stopped(backend, site):
	backend.stop_process(site.web)
	try:
		yield
	finally:
		site.web = backend.start_web(site)


@contextlib.contextmanager
def web_server(status: int, content_type: str, body: str, **headers: str):
	"""Something else than Frappe; its URL."""

	class Handler(http.server.BaseHTTPRequestHandler):
		def do_GET(self):
			self.send_response(status)
			self.send_header("Content-Type", content_type)
			self.send_header("Content-Length", str(len(body)))
			for name, value in headers.items():
				self.send_header(name, value)
			self.end_headers()
			self.wfile.write(body.encode())

		do_POST = do_GET

		def log_message(self, *_arguments):
			pass

	server = http.server.ThreadingHTTPServer((LOOPBACK, 0), Handler)
	threading.Thread(target=server.serve_forever, daemon=True).start()
	try:
		yield f"http://{LOOPBACK}:{server.server_port}"
	finally:
		server.shutdown()
		server.server_close()
