"""Runs Terraform on a copy of infra/.

On a copy, so that the checkout stays clean (Terraform writes its lock file beside the configuration) and several
local clouds can live side by side. Where the registry of providers cannot be reached, a mirror of the AWS provider
that is already on this machine stands in for it.
"""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from .tools import ROOT, need, plain_environment, responds

INFRA = ROOT / "infra"
REGISTRY = "registry.terraform.io"
PLUGIN_CACHE = ROOT / "target" / "terraform-plugins"

# Directories that a mirror is not looked for in: not files, or other people's.
NOT_SEARCHED = {"proc", "sys", "dev", "run", "tmp", "lost+found", ".terraform", "node_modules", ".git"}
SEARCH_DEPTH = 4


class TerraformFailed(Exception):
    """Terraform ended with an error. The text is what it said."""


class Terraform:
    """Terraform on a copy of infra/ under `work_dir`, which also holds its state."""

    def __init__(self, work_dir: Path, env: dict[str, str] | None = None, overrides: Sequence[Path] = ()):
        """`env` is added to the environment; `overrides` are *_override.tf files laid over the copy."""
        self.work_dir = work_dir
        self.infra = work_dir / "infra"
        self.env = env or {}
        self.overrides = overrides

    def copy_infra(self) -> None:
        """Bring the copy up to date, keeping the state and what `init` installed."""
        self.infra.mkdir(parents=True, exist_ok=True)
        for old in [*self.infra.glob("*.tf"), self.infra / "modules", self.infra / "environments", self.infra / "tests"]:
            shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
        shutil.copytree(INFRA, self.infra, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
        for override in self.overrides:
            shutil.copy(override, self.infra)

    def init(self) -> None:
        """Install the provider. One at a time on this machine's checkout: the plugin cache stands no two writers."""
        with _one_at_a_time():
            self.run("init", "-input=false", "-no-color")

    def apply(self, *options: str) -> None:
        """Make it so. More than the usual ten at once: most of the time is waiting."""
        self.run("apply", "-input=false", "-no-color", "-auto-approve", "-parallelism=40", *options)

    def outputs(self) -> dict:
        """The root module's outputs, name to value."""
        said = self.run("output", "-no-color", "-json")
        return {name: output["value"] for name, output in json.loads(said).items()}

    def run(self, *arguments: str, show: bool = False) -> str:
        """Run one command and return what it printed; with `show`, print it as it comes. Raises TerraformFailed."""
        command = [need("terraform"), f"-chdir={self.infra}", *arguments]
        result = subprocess.run(
            command, env=self._environment(), stdin=subprocess.DEVNULL, text=True,
            stdout=None if show else subprocess.PIPE, stderr=None if show else subprocess.STDOUT,
        )
        if not show:
            self.work_dir.mkdir(parents=True, exist_ok=True)
            (self.work_dir / f"terraform-{arguments[0]}.log").write_text(result.stdout)
        if result.returncode != 0:
            raise TerraformFailed(f"terraform {arguments[0]} failed\n{_errors(result.stdout or '')}".rstrip())
        return result.stdout or ""

    def _environment(self) -> dict[str, str]:
        env = plain_environment()
        env |= {
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            # A profile of the person at this machine has no say.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        config = cli_config(self.work_dir)
        if config is not None:
            env["TF_CLI_CONFIG_FILE"] = str(config)
        else:
            # Otherwise each copy would download 150 MB.
            PLUGIN_CACHE.mkdir(parents=True, exist_ok=True)
            env["TF_PLUGIN_CACHE_DIR"] = str(PLUGIN_CACHE)
            env["TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE"] = "1"
        return env | self.env


def _errors(said: str) -> str:
    """What went wrong, without the plan that stands before it."""
    start = said.find("\nError:")
    return said[start + 1:] if start >= 0 else said[-4000:]


def cli_config(work_dir: Path) -> Path | None:
    """The CLI configuration file to use, if any: the user's own, or one that points to a mirror on this machine."""
    own = os.environ.get("TF_CLI_CONFIG_FILE")
    if own and Path(own).is_file():
        return Path(own)
    if (Path.home() / ".terraformrc").is_file() or registry_responds():
        return None
    mirror = find_mirror()
    if mirror is None:
        return None
    work_dir.mkdir(parents=True, exist_ok=True)
    config = work_dir / "mirror.tfrc"
    config.write_text(f"provider_installation {{\n  filesystem_mirror {{ path = {json.dumps(str(mirror))} }}\n}}\n")
    return config


@cache
def registry_responds() -> bool:
    """Whether the registry can be reached, perhaps through a proxy. Asked once, and briefly."""
    return responds(f"https://{REGISTRY}/.well-known/terraform.json", timeout=4)


@cache
def find_mirror() -> Path | None:
    """A directory with registry.terraform.io/hashicorp/aws in it, not deep in the file system and on its first disk."""
    root = Path("/")
    device = root.stat().st_dev
    level = [root]
    for _ in range(SEARCH_DEPTH):
        below = []
        for directory in level:
            try:
                entries = [e for e in os.scandir(directory) if e.is_dir(follow_symlinks=False)]
                if (directory / REGISTRY / "hashicorp" / "aws").is_dir():
                    return directory
                below += [Path(e.path) for e in entries if e.name not in NOT_SEARCHED and e.stat().st_dev == device]
            except OSError:
                continue
        level = below
    return None


@contextmanager
def _one_at_a_time():
    lock = ROOT / "target" / "terraform-init.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
