"""A lock works although its file may be discarded while another process waits for it."""

import queue
import threading

from wsconform.environments.locks import Lock


def test_lock_is_acquired_on_the_new_file_after_the_old_was_discarded(tmp_path):
    path = tmp_path / "x.lock"
    first, second = Lock(path), Lock(path)
    first.acquire(exclusive=True)
    taken = queue.Queue()
    waiter = threading.Thread(target=lambda: taken.put(second.acquire(exclusive=True)))
    waiter.start()
    first.discard()
    waiter.join()
    assert taken.get()
    assert not Lock(path).acquire(exclusive=True, wait=False)
