"""The local cloud's own promises, without deploying anything."""

import os
import subprocess
import sys

from .ministack import MiniStack, free_port
from .terraform import REGISTRY, find_mirror
from .tools import plain_environment


def test_a_started_ministack_is_found_again_and_stops_with_its_process(tmp_path):
    started = MiniStack.start(tmp_path)
    try:
        assert started.responds()
        assert MiniStack.running(tmp_path) == started
    finally:
        started.stop()
    assert not started.responds()
    assert MiniStack.running(tmp_path) is None


def test_stopping_leaves_a_process_alone_that_was_given_the_same_id():
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    try:
        MiniStack(stranger.pid, free_port()).stop()
        assert stranger.poll() is None
    finally:
        stranger.communicate()


def test_nothing_of_this_persons_aws_reaches_terraform(monkeypatch):
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL_S3", "TF_VAR_env", "TF_CLI_ARGS"):
        monkeypatch.setenv(name, "production")
    assert not [name for name in plain_environment() if name.startswith(("AWS_", "TF_"))]
    assert plain_environment()["PATH"] == os.environ["PATH"]


def test_a_mirror_of_the_provider_is_one_only_if_it_holds_it():
    mirror = find_mirror()
    assert mirror is None or (mirror / REGISTRY / "hashicorp" / "aws").is_dir()
