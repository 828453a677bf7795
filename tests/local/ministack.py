"""One MiniStack process: an AWS emulator that runs the functions' own binaries."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from .tools import responds

REGION = "eu-west-3"

# What MiniStack, the functions and Terraform all say they are. They open nothing.
KEYS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}

# All of this machine's environment that MiniStack, and so every function, sees: no proxy between a function and the
# stand-in shop, no setting that Lambda would not have.
PASSED_ON = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "RUST_BACKTRACE")


class DidNotStart(Exception):
    """MiniStack ended, or did not respond in time."""


@dataclass(frozen=True)
class MiniStack:
    """A MiniStack that was started: who it is, and where it listens."""

    pid: int
    port: int

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @classmethod
    def start(cls, state_dir: Path, port: int | None = None, timeout: float = 30) -> "MiniStack":
        """Start one on `port`, or on a free one, that outlives this program; wait until it responds."""
        port = port or free_port()
        temporary = state_dir / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        env = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | KEYS | {
            "TZ": "UTC",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            # The functions inherit these: nothing else keeps their SDK from going to Amazon.
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            # Functions act as their roles, and what their policies do not allow is refused, as on AWS.
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "TMPDIR": str(temporary),
        }
        with (state_dir / "ministack.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "ministack"], cwd=state_dir, env=env,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                # A group of its own, so that stopping it also stops the functions it runs.
                start_new_session=True,
            )
        started = cls(process.pid, port)
        deadline = time.monotonic() + timeout
        while not started.responds():
            if process.poll() is not None or time.monotonic() > deadline:
                started.stop()
                tail = (state_dir / "ministack.log").read_text(errors="replace")[-2000:]
                raise DidNotStart(f"MiniStack did not start on port {port}:\n{tail}")
            time.sleep(0.05)
        started._remember(state_dir)
        return started

    @classmethod
    def running(cls, state_dir: Path) -> "MiniStack | None":
        """The one that was started with this state directory, if it still runs."""
        try:
            known = cls(**json.loads((state_dir / "ministack.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return known if known._is_ours() and known.responds() else None

    def responds(self) -> bool:
        """Whether it is up."""
        return responds(f"{self.endpoint}/_ministack/health", timeout=2)

    def stop(self, grace: float = 5) -> None:
        """End it and the functions it runs. Safe to call again."""
        if not self._is_ours():
            return
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.pid, signal_number)
            except ProcessLookupError:
                return
            deadline = time.monotonic() + grace
            while time.monotonic() < deadline:
                if not self._is_ours():
                    break
                time.sleep(0.05)

    def _is_ours(self) -> bool:
        """Whether the process with that id is still MiniStack: ids are used again."""
        with suppress(ChildProcessError):
            # Were it our child, it would stay as a zombie until somebody asks.
            os.waitpid(self.pid, os.WNOHANG)
        try:
            command = Path(f"/proc/{self.pid}/cmdline").read_text()
        except OSError:
            if Path("/proc/self").exists():
                return False
            ps = ["ps", "-ww", "-o", "args=", "-p", str(self.pid)]
            command = subprocess.run(ps, capture_output=True, text=True, check=False).stdout
        return "ministack" in command

    def _remember(self, state_dir: Path) -> None:
        (state_dir / "ministack.json").write_text(json.dumps(asdict(self)))


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
