"""Where the repository is, and the programs it needs."""

import os
import platform
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

HOW_TO_GET = {
    "cargo": "install Rust: https://rustup.rs",
    "rustc": "install Rust: https://rustup.rs",
    "terraform": "install Terraform 1.11 or newer: https://developer.hashicorp.com/terraform/install",
}


class MissingTool(Exception):
    """A program that must be installed by hand is not there."""


def need(tool: str) -> str:
    """The path of `tool`, or a MissingTool that says how to get it."""
    path = shutil.which(tool)
    if path is None:
        raise MissingTool(f"{tool} is not on the PATH: {HOW_TO_GET[tool]}")
    return path


def architecture() -> str:
    """This machine's processor as Lambda calls it. What was built here runs on it and nowhere else."""
    return "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64"


def host() -> str:
    """This machine as Rust calls it: what make builds is below that name."""
    version = subprocess.run([need("rustc"), "-vV"], capture_output=True, check=True, text=True).stdout
    return version.split("host: ")[1].split()[0]


def responds(url: str, timeout: float) -> bool:
    """Whether anything, be it an error, comes back from an address in time."""
    try:
        urllib.request.urlopen(url, timeout=timeout).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def plain_environment() -> dict[str, str]:
    """The environment without anything about AWS or Terraform.

    A profile, an endpoint or keys of the person at this machine must never reach the local cloud, and the local
    cloud's Terraform must never reach that person's account.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "TF_", "PASSERELLE_", "MINISTACK_", "LOCALSTACK_"))
    }
