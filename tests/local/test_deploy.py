"""What make asks of a configuration before anything runs, and that a second environment leaves the first one alone."""

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import boto3
import pytest

from .cloud import ENVIRONMENT
from .ministack import KEYS, REGION, MiniStack
from .terraform import INFRA, Terraform, TerraformFailed
from .tools import ROOT

# What S3 of the local cloud needs besides what the example of a backend says.
LOCAL_S3 = """
    use_path_style              = true
    skip_credentials_validation = true
    skip_metadata_api_check     = true
    skip_region_validation      = true
    skip_requesting_account_id  = true
"""

# What must outlive every plan.
KEPT = ["aws_s3_bucket.exchange", "aws_dynamodb_table.ledger", "aws_secretsmanager_secret.shop"]


def make(*arguments: str) -> subprocess.CompletedProcess:
    """make in this checkout, whatever make runs this."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def recipe(*arguments: str) -> list[str]:
    """The commands that make would run."""
    planned = make("-n", *arguments)
    assert planned.returncode == 0, planned.stderr
    return planned.stdout.replace("\\\n", " ").splitlines()


class Installation:
    """An environment whose Terraform runs as `make deploy` runs it, with the local cloud for AWS."""

    def __init__(self, name: str, folder: Path, endpoint: str):
        env = KEYS | {"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": REGION}
        self.terraform = Terraform(folder, env)
        self.terraform.copy_infra()
        environments = self.terraform.infra / "environments"
        if name != "prod":
            # As the README says.
            shutil.copytree(environments / "prod", environments / name)
            tfvars = environments / name / "terraform.tfvars"
            tfvars.write_text(re.sub(r'(env\s*=\s*)"prod"', rf'\1"{name}"', tfvars.read_text()))
        backend = (environments / name / "backend.tf.example").read_text()
        (self.terraform.infra / "backend.tf").write_text(backend.replace("encrypt ", LOCAL_S3 + "encrypt "))
        said = [shlex.split(line)[2:] for line in recipe("deploy", f"ENV={name}") if line.startswith("terraform ")]
        (self.init,), (self.apply,) = ([line for line in said if line[0] == word] for word in ("init", "apply"))

    def run(self, command: str, *options: str) -> str:
        """`plan` or `apply`, as make says it, with the functions of Terraform's own tests."""
        variables = ["-var=local=true", f"-var=artifacts_dir={INFRA / 'tests' / 'fixtures' / 'artifacts'}"]
        return self.terraform.run(command, "-no-color", "-input=false", *self.apply[1:], *variables, *options)

    def planned(self) -> dict[str, list[str]]:
        """What a plan would do, by the resource's address."""
        self.run("plan", "-out=plan")
        plan = json.loads(self.terraform.run("show", "-json", "plan"))
        return {change["address"]: change["change"]["actions"] for change in plan["resource_changes"]}


@pytest.fixture
def aws(tmp_path):
    cloud = MiniStack.start(tmp_path / "aws")
    try:
        keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": REGION}
        s3 = boto3.client("s3", endpoint_url=cloud.endpoint, **keys)
        s3.create_bucket(
            Bucket="example-terraform-state", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        yield cloud.endpoint
    finally:
        cloud.stop()


def test_a_second_environment_has_its_own_state_and_destroys_nothing(aws, tmp_path):
    first = Installation("prod", tmp_path / "first", aws)
    first.terraform.run(*first.init)
    first.run("apply", "-auto-approve", *(f"-target={address}" for address in KEPT))

    second = Installation("prod-lyon", tmp_path / "second", aws)
    second.terraform.run(*second.init)
    planned = second.planned()
    assert len(planned) > 100
    assert {tuple(actions) for actions in planned.values()} <= {("create",), ("read",), ("no-op",)}

    # Were it on the first one's state all the same, nothing that is kept could be replaced.
    second.terraform.run(*first.init, "-reconfigure")
    with pytest.raises(TerraformFailed, match="Instance cannot be destroyed") as refused:
        second.planned()
    assert all(address in str(refused.value) for address in KEPT)


@pytest.mark.parametrize("target", ["run", "up", "deploy"])
def test_the_configuration_is_checked_before_anything_is_built_or_started(target):
    lines = recipe(target, "ENV=prod") if target == "deploy" else recipe(target, "CONFIG=elsewhere")
    checked = "infra/environments/prod" if target == "deploy" else "elsewhere"
    (check,) = [place for place, line in enumerate(lines) if line.endswith(f'/passerelle check "{checked}"')]
    (build,) = [place for place, line in enumerate(lines) if line.startswith("cargo lambda build")]
    assert check < build


def test_make_up_refuses_a_wrong_configuration_before_anything_starts(tmp_path):
    config = tmp_path / "config"
    shutil.copytree(ENVIRONMENT, config)
    text = (config / "passerelle.toml").read_text(encoding="utf-8")
    (config / "passerelle.toml").write_text(text.replace('"#1f5c3f"', '"green"'), encoding="utf-8")
    refused = make("up", f"CONFIG={config}")
    assert refused.returncode != 0
    assert re.search(r"^passerelle.toml, line \d+, column \d+: branding.accent: .*green", refused.stdout, re.MULTILINE)
    assert "Deploying" not in refused.stdout
