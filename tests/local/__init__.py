"""The local cloud: MiniStack on this machine, with Passerelle deployed onto it by the same Terraform as in production.

    with Cloud(state_dir) as cloud:
        cloud.deploy()
        cloud.invoke("fetch-orders", {"scheduled_time": "2026-11-24T00:00:00Z"})
        cloud.wait_until_idle()
"""

from .cloud import Cloud, FunctionFailed, NotIdle
from .tools import ROOT, MissingTool

__all__ = ["ROOT", "Cloud", "FunctionFailed", "MissingTool", "NotIdle"]
