"""What CI asks of infra/: its form, its types, and its rules with the provider mocked."""

import sys

from .terraform import INFRA, Terraform, TerraformFailed
from .tools import ROOT, MissingTool


def main() -> None:
    """Run terraform fmt, validate and test, and print what they say."""
    # What is kept for ever could not be removed at a test's end.
    kept = INFRA / "environments" / "local" / "nothing_kept_override.tf"
    terraform = Terraform(ROOT / "target" / "infra-check", overrides=[kept])
    terraform.copy_infra()
    terraform.init()
    for arguments in (["fmt", "-check", "-diff", "-recursive"], ["validate"], ["test"]):
        print("terraform", *arguments, flush=True)
        terraform.run(arguments[0], "-no-color", *arguments[1:], show=True)


if __name__ == "__main__":
    try:
        main()
    except (MissingTool, TerraformFailed) as failure:
        sys.exit(str(failure))
