"""The local cloud as tests and people use it: start, deploy, drop files, invoke functions, wait, look."""

import base64
import json
import os
import shutil
import signal
import subprocess
import time
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from .ministack import KEYS, REGION, MiniStack
from .terraform import INFRA, Terraform
from .tools import ROOT, architecture

ENVIRONMENT = INFRA / "environments" / "local"
ARTIFACTS = ROOT / "target" / "lambda"
INBOX = "invoices/inbox/"


class FunctionFailed(Exception):
    """A function ended in an error. The text has the error and the end of its log."""


class NotIdle(Exception):
    """Messages were still waiting or in flight when the time was up."""


class Cloud:
    """One local cloud. All it knows lies in its state directory, so another process can take it up again."""

    def __init__(self, state_dir: Path | str = ROOT / "target" / "cloud"):
        self.state_dir = Path(state_dir).resolve()
        self.state_dir.mkdir(parents=True, exist_ok=True)
        self._ministack = MiniStack.running(self.state_dir)

    def __enter__(self) -> "Cloud":
        """A fresh one, which ends with the block."""
        self.stop()
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    # Starting and stopping.

    @property
    def is_running(self) -> bool:
        """Whether MiniStack is up."""
        return self._ministack is not None

    @property
    def endpoint(self) -> str:
        """MiniStack's address."""
        return self._running.endpoint

    @property
    def _running(self) -> MiniStack:
        if self._ministack is None:
            raise RuntimeError("the local cloud is not running: make up")
        return self._ministack

    def start(self, port: int | None = None) -> None:
        """Start an empty cloud, on a free port unless one is named. A cloud that already runs is left alone."""
        if self.is_running:
            return
        # Terraform's state has things that ended with the emulator that held them.
        shutil.rmtree(self.state_dir / "infra", ignore_errors=True)
        shutil.rmtree(self.state_dir / "tmp", ignore_errors=True)
        self._ministack = MiniStack.start(self.state_dir, port)

    def stop(self) -> None:
        """End it, and all that was in it."""
        if self._ministack is not None:
            self._ministack.stop()
            self._ministack = None
        self.__dict__.pop("outputs", None)

    # Deploying.

    def deploy(
        self,
        config_dir: Path | str = ENVIRONMENT,
        artifacts_dir: Path | str = ARTIFACTS,
        **variables,
    ) -> dict:
        """Apply infra/ as it is now, or bring up to date what was applied before; return Terraform's outputs.

        `config_dir` holds passerelle.toml, the layouts, and the shops' keys in secrets.json. `variables` are more
        of Terraform's own, as in `deploy(log_level="debug")`.
        """
        for function in sorted(path.parent.name for path in (ROOT / "functions").glob("*/Cargo.toml")):
            if not (Path(artifacts_dir) / function / "bootstrap.zip").is_file():
                raise RuntimeError(f"{function} is not in {artifacts_dir}: make build")
        config_dir = Path(config_dir).resolve()
        settings = tomllib.loads((config_dir / "passerelle.toml").read_text(encoding="utf-8"))
        variables = {
            "architecture": architecture(),
            "config_dir": str(config_dir),
            "artifacts_dir": str(Path(artifacts_dir).resolve()),
            "secrets_file": str(config_dir / "secrets.json"),
            "shops": [shop["id"] for shop in settings["shops"]],
        } | variables
        variables_file = self.state_dir / "variables.tfvars.json"
        variables_file.write_text(json.dumps(variables, indent=2))

        terraform = self._terraform()
        terraform.copy_infra()
        terraform.init()
        terraform.apply(f"-var-file={ENVIRONMENT / 'terraform.tfvars'}", f"-var-file={variables_file}")
        outputs = terraform.outputs()
        (self.state_dir / "outputs.json").write_text(json.dumps(outputs, indent=2))
        self.__dict__["outputs"] = outputs
        return outputs

    @cached_property
    def outputs(self) -> dict:
        """Terraform's outputs: bucket, table, functions, log_groups, queues, dead_letter_queues, secrets…"""
        try:
            return json.loads((self.state_dir / "outputs.json").read_text())
        except OSError:
            raise RuntimeError("nothing is deployed on the local cloud: make up") from None

    def _terraform(self) -> Terraform:
        env = KEYS | {"AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": REGION}
        return Terraform(self.state_dir, env, sorted(ENVIRONMENT.glob("*_override.tf")))

    # Using it.

    def client(self, service: str):
        """A boto3 client of `service` here. Kept, since making one takes longer than using it."""
        clients = self.__dict__.setdefault("_clients", {})
        key = (service, self.endpoint)
        if key not in clients:
            clients[key] = boto3.client(
                service, endpoint_url=self.endpoint, region_name=REGION,
                aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"], aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
                config=Config(read_timeout=900, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
            )
        return clients[key]

    def invoke(self, function: str, payload: dict) -> Any:
        """Run a function by its short name (`fetch-orders`), wait, and return its result. Raises FunctionFailed."""
        response = self.client("lambda").invoke(
            FunctionName=self._named("functions", function), Payload=json.dumps(payload), LogType="Tail",
        )
        body = response["Payload"].read()
        result = json.loads(body) if body else None
        if "FunctionError" in response:
            log = base64.b64decode(response.get("LogResult", "")).decode(errors="replace")
            raise FunctionFailed(f"{function}: {json.dumps(result, ensure_ascii=False)}\n{log}".rstrip())
        return result

    def _named(self, kind: str, name: str) -> str:
        known = self.outputs[kind]
        if name not in known:
            raise RuntimeError(f"there is no {name} among {', '.join(known)}")
        return known[name]

    def kill_functions(self) -> int:
        """Kill the functions' processes, whatever they are doing, as a lost machine would; return how many."""
        pids = self._function_processes()
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(pids)

    def _function_processes(self) -> list[int]:
        found = subprocess.run(["ps", "-ww", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
        ours = [line.split() for line in found.splitlines() if str(self.state_dir / "tmp") in line]
        return [int(pid) for pid, program, *_ in ours if program.endswith("/bootstrap")]

    def cpu_seconds(self) -> dict[str, float]:
        """What `local cloud` itself and each function's living processes have used of a processor since they started.

        Nothing where there is no /proc.
        """
        used: dict[str, float] = {}
        for pid, name in self._processes():
            with suppress(OSError):
                times = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                # User and system time, in ticks.
                used[name] = used.get(name, 0) + (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
        return used

    def peak_memory_kb(self, function: str) -> int:
        """The most memory that a living process of a function has held; 0 where there is none, or no /proc."""
        most = 0
        for pid, name in self._processes():
            with suppress(OSError):
                lines = Path(f"/proc/{pid}/status").read_text().splitlines() if name == function else []
                most = max([most, *(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))])
        return most

    def _processes(self) -> Iterator[tuple[int, str]]:
        """The processes that run here, each with its function's short name, or `local cloud`."""
        names = {named: name for name, named in self.outputs["functions"].items()}
        for pid in [self._running.pid, *self._function_processes()]:
            with suppress(OSError):
                entries = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
                environment = dict(entry.partition(b"=")[::2] for entry in entries)
                yield pid, names.get(environment.get(b"AWS_LAMBDA_FUNCTION_NAME", b"").decode(), "local cloud")

    def put_drop(self, file: Path | str, name: str | None = None, inbox: str = INBOX) -> str:
        """Drop a file as the ERP does, one of invoices unless another inbox is named; return its key."""
        file = Path(file)
        key = inbox + (name or file.name)
        self.client("s3").put_object(Bucket=self.outputs["bucket"], Key=key, Body=file.read_bytes())
        return key

    def keys(self, prefix: str = "") -> list[str]:
        """The keys of the objects under `prefix`, in order."""
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.outputs["bucket"], Prefix=prefix)
        return sorted(item["Key"] for page in pages for item in page.get("Contents", []))

    def read(self, key: str) -> bytes:
        """An object's content."""
        return self.client("s3").get_object(Bucket=self.outputs["bucket"], Key=key)["Body"].read()

    def ledger(self) -> list[dict]:
        """Every item of the ledger, as DynamoDB's own JSON ({"pk": {"S": …}, …})."""
        pages = self.client("dynamodb").get_paginator("scan").paginate(
            TableName=self.outputs["table"], ConsistentRead=True
        )
        return [item for page in pages for item in page["Items"]]

    def heads(self, kind: str) -> dict[str, dict]:
        """The heads of one kind of item (`ORDER`, `INVOICE`), by the rest of their key."""
        items = (item for item in self.ledger() if item["pk"]["S"].startswith(f"{kind}#"))
        return {item["pk"]["S"].split("#", 1)[1]: item for item in items if item["sk"]["S"] == "HEAD"}

    def queue_depths(self) -> dict[str, tuple[int, int]]:
        """For each queue and dead-letter queue (`render-invoice`, `render-invoice-dlq`): waiting, in flight."""
        urls = self.outputs["queues"] | {f"{name}-dlq": url for name, url in self.outputs["dead_letter_queues"].items()}
        return {name: self._depth(url) for name, url in urls.items()}

    def _depth(self, url: str) -> tuple[int, int]:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible"]
        found = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        waiting, delayed, in_flight = (int(found.get(name, 0)) for name in names)
        return waiting + delayed, in_flight

    def wait_until_idle(self, timeout: float = 300, settled: float = 1) -> None:
        """Wait until no queue has had a message waiting or in flight for `settled` seconds. Dead letters may lie.

        A message that failed counts as in flight until its visibility time-out has passed. Raises NotIdle.
        """
        deadline = time.monotonic() + timeout
        empty_since = None
        while True:
            depths = {name: self._depth(url) for name, url in self.outputs["queues"].items()}
            now = time.monotonic()
            if any(sum(depth) for depth in depths.values()):
                empty_since = None
            elif empty_since is None:
                empty_since = now
            if empty_since is not None and now - empty_since >= settled:
                return
            if now > deadline:
                raise NotIdle(f"after {timeout:.0f} s (waiting, in flight): {depths}")
            time.sleep(0.1)

    def set_visibility(self, queue: str, seconds: int) -> None:
        """Let failed messages come again after `seconds` instead of six times the time-out: tests do not wait so long."""
        self.client("sqs").set_queue_attributes(
            QueueUrl=self.outputs["queues"][queue], Attributes={"VisibilityTimeout": str(seconds)}
        )

    def dead_letters(self, name: str) -> list[str]:
        """The bodies of the messages in a dead-letter queue, which stay there."""
        found: dict[str, dict] = {}
        while True:
            response = self.client("sqs").receive_message(
                QueueUrl=self.outputs["dead_letter_queues"][name], MaxNumberOfMessages=10, VisibilityTimeout=30
            )
            fresh = [m for m in response.get("Messages", []) if m["MessageId"] not in found]
            if not fresh:
                break
            found |= {m["MessageId"]: m for m in fresh}
        for message in found.values():
            self.client("sqs").change_message_visibility(
                QueueUrl=self.outputs["dead_letter_queues"][name], ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
        return [message["Body"] for message in found.values()]

    def logs(self, function: str, since: float = 0) -> list[str]:
        """A function's log lines, oldest first; `since` is a Unix time in seconds."""
        pages = self.client("logs").get_paginator("filter_log_events").paginate(
            logGroupName=self._named("log_groups", function), startTime=int(since * 1000)
        )
        events = sorted((e for page in pages for e in page["events"]), key=lambda e: e["timestamp"])
        return [event["message"].rstrip("\n") for event in events]

    def clear(self) -> None:
        """Empty queues, ledger and bucket (but for config/), without deploying again."""
        for url in [*self.outputs["queues"].values(), *self.outputs["dead_letter_queues"].values()]:
            self.client("sqs").purge_queue(QueueUrl=url)
        bucket, table = self.outputs["bucket"], self.outputs["table"]
        pages = self.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket)
        for page in pages:
            versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            doomed = [
                {"Key": v["Key"], "VersionId": v["VersionId"]} for v in versions if not v["Key"].startswith("config/")
            ]
            if doomed:
                self.client("s3").delete_objects(Bucket=bucket, Delete={"Objects": doomed, "Quiet": True})
        for item in self.ledger():
            self.client("dynamodb").delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
