"""A small server of the chat-completions protocol on this machine, which can also misbehave."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from genai_core.large_model import Endpoint


class Stub:
    """A local server of the protocol: ``reply(status, body)`` says what comes next, ``seen`` what came."""

    def __init__(self):
        self.seen, self.status, self.body, self.headers, self.hold = [], 200, b"", {}, threading.Event()
        self.late = self.drip = False
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802 - the library's name
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                stub.seen.append((self.path, dict(self.headers), json.loads(sent)))
                if stub.late:
                    stub.hold.wait(20)
                self.send_response(stub.status)
                for name, value in stub.headers.items():
                    self.send_header(name, value)
                if not stub.drip:
                    self.send_header("Content-Length", str(len(stub.body)))
                self.end_headers()
                try:
                    self.wfile.write(stub.body)
                    while stub.drip and not stub.hold.wait(0.02):
                        self.wfile.write(b" ")
                        self.wfile.flush()
                except OSError:  # whoever asked has gone
                    return

            def log_message(self, *_):
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def endpoint(self):
        return Endpoint(f"http://127.0.0.1:{self.server.server_port}/v1", "stub-1", "secret-key")

    def says(self, content, **more):
        choice = {"message": {"role": "assistant", "content": content} | more.pop("message", {}), "finish_reason": "stop"} | more
        self.body = json.dumps({"choices": [choice]}).encode()

    def close(self):
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()
