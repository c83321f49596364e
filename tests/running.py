"""A server that runs in a thread while a test needs it."""

import threading
from contextlib import contextmanager


@contextmanager
def running(server):
    """The server, answering from `with` to the end of its block."""
    # The default pause between looks at the stop flag, half a second, would be felt at the end.
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
