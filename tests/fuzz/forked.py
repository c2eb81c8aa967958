"""Readers' processes as forks of this one: the same program from its first line on, without the seconds of starting."""

from __future__ import annotations

import importlib
import os
import signal
import sys


class Forked:
    """Stands for the `subprocess.Popen` of ``python -m MODULE WORDS``; MODULE is imported here, and forked with it."""

    def __init__(self, module: str, words: list[str]) -> None:
        self._program = importlib.import_module(module)
        (out, their_out), (err, their_err) = os.pipe(), os.pipe()
        self._code: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            os.close(out), os.close(err)
            self._run([module, *words], their_out, their_err)
        os.close(their_out), os.close(their_err)
        self.stdout, self.stderr = os.fdopen(out, "rb"), os.fdopen(err, "rb")

    def _run(self, words: list[str], out: int, err: int) -> None:
        """In the fork: never returns."""
        code = 1
        try:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
            os.dup2(out, 1), os.dup2(err, 2)
            sys.argv, sys.stdout = words, os.fdopen(1, "w")
            self._program.main()
            sys.stdout.flush()
            code = 0
        except SystemExit as ended:
            os.write(2, f"{ended.code}\n".encode(errors="replace"))
        finally:
            os._exit(code)

    def poll(self) -> int | None:
        return self._wait(os.WNOHANG)

    def wait(self) -> int:
        return self._wait(0)

    def _wait(self, options: int) -> int | None:
        # Two threads ask; who comes second finds no child any more, and the code a moment later.
        while self._code is None:
            try:
                pid, status = os.waitpid(self.pid, options)
            except ChildProcessError:
                continue
            if pid == 0:
                return None
            self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def kill(self) -> None:
        if self._code is None:
            os.kill(self.pid, signal.SIGKILL)

    def communicate(self) -> None:
        self.stdout.close()
        self.stderr.close()
        self.wait()
