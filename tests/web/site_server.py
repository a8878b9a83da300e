"""Serves a staged page on loopback, as a thread of the test: with the headers that `bcnet serve`
sends, or bare, as a host of plain files does."""

import functools
import http.server
import threading

# tests/serve/check_life.py holds them against those of the program.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self)",
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; "
    "worker-src 'self' blob:; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self' blob: data:; style-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}


class Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".webmanifest": "application/manifest+json",
    }

    def __init__(self, *args, headers, requests, **kwargs):
        self.extra = headers
        self.requests = requests
        super().__init__(*args, **kwargs)

    def do_GET(self):
        self.requests.append(self.path)
        super().do_GET()

    def end_headers(self):
        for name, value in self.extra.items():
            self.send_header(name, value)
        super().end_headers()

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            pass  # a page that was left

    def log_message(self, *_):
        pass


class SiteServer:
    """with SiteServer(folder) as server: server.address; server.requests are the paths asked for."""

    def __init__(self, folder, bare=False):
        self.requests = []
        handler = functools.partial(
            Handler,
            directory=str(folder),
            headers={} if bare else HEADERS,
            requests=self.requests,
        )
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
