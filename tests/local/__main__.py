"""The local cloud by hand: python -m tests.local up | down | status | drop FILE | trigger FN [--at TIME] | logs FN"""

import argparse
import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from .cloud import ENVIRONMENT, Cloud, FunctionFailed
from .ministack import DidNotStart
from .terraform import TerraformFailed
from .tools import MissingTool


def up(cloud: Cloud, arguments: argparse.Namespace) -> None:
    """Start it and deploy; if it runs, bring it up to date."""
    config = cloud.state_dir / "config"
    if arguments.config.resolve() != config:
        shutil.rmtree(config, ignore_errors=True)
        shutil.copytree(arguments.config, config)
    if not (config / "passerelle.toml").is_file():
        sys.exit(f"There is no passerelle.toml in {arguments.config}.")
    cloud.start()
    print("Deploying, which takes about 40 seconds…", flush=True)
    cloud.deploy(config)
    status(cloud, arguments)


def down(cloud: Cloud, _: argparse.Namespace) -> None:
    """Stop it; all that was in it is gone."""
    cloud.stop()


def status(cloud: Cloud, _: argparse.Namespace) -> None:
    """What runs where, and what waits in the queues."""
    if not cloud.is_running:
        print("The local cloud is not running: make up")
        return
    print(f"The local cloud listens at {cloud.endpoint}; its state is in {cloud.state_dir}.")
    print(f"Bucket {cloud.outputs['bucket']}, table {cloud.outputs['table']}.\n")
    print(f"{'queue':24} {'waiting':>8} {'in flight':>10}")
    for name, (waiting, in_flight) in cloud.queue_depths().items():
        print(f"{name:24} {waiting:8} {in_flight:10}")


def drop(cloud: Cloud, arguments: argparse.Namespace) -> None:
    """Drop an invoice file as the ERP does."""
    print(f"s3://{cloud.outputs['bucket']}/{cloud.put_drop(arguments.file)}")


def trigger(cloud: Cloud, arguments: argparse.Namespace) -> None:
    """Invoke a scheduled function as its schedule does, for now or for another time."""
    at = arguments.at or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    result = cloud.invoke(arguments.function, {"scheduled_time": at})
    print(json.dumps(result, indent=2, ensure_ascii=False))


def logs(cloud: Cloud, arguments: argparse.Namespace) -> None:
    """What a function wrote to its log."""
    print(*cloud.logs(arguments.function), sep="\n")


def main() -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(prog="python -m tests.local", description="The local cloud, by hand.")
    parser.add_argument("--state-dir", type=Path, help="where the state of this cloud is (default: target/cloud)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for run in (up, down, status, drop, trigger, logs):
        command = commands.add_parser(run.__name__, help=run.__doc__, description=run.__doc__)
        command.set_defaults(run=run)
        if run is up:
            command.add_argument("--config", type=Path, default=ENVIRONMENT, help="the directory with passerelle.toml")
        if run is drop:
            command.add_argument("file", type=Path)
        if run in (trigger, logs):
            command.add_argument("function", help="its short name, such as fetch-orders")
        if run is trigger:
            command.add_argument("--at", help="the scheduled time, such as 2026-11-24T00:00:00Z (default: now)")
    arguments = parser.parse_args()
    try:
        cloud = Cloud(arguments.state_dir) if arguments.state_dir else Cloud()
        arguments.run(cloud, arguments)
    except (DidNotStart, FunctionFailed, MissingTool, TerraformFailed, RuntimeError, OSError) as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main()
