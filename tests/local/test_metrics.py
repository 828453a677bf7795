"""Every metric that the dashboard or an alarm looks at is emitted, and every metric that is emitted is looked at."""

import re

from .tools import ROOT

NAME = r"[a-z]+(?:_[a-z]+)+"

# Emitted, and on no graph.
UNSEEN = {
    "orders_read": "repeats included: each run reads again what it overlaps, so it says how much a shop answers, not what came",
}


def calls() -> dict[str, set[str]]:
    """Names of metrics by the file that emits them."""
    found = {}
    for path in [*ROOT.glob("functions/*/src/**/*.rs"), *ROOT.glob("shared/*/src/**/*.rs")]:
        code = re.split(r"#\[cfg\(test\)\]\s*mod \w+ \{", path.read_text(encoding="utf-8"))[0]
        if re.search(r"\.(count|emit)\(&", code) and "pub struct Metrics" not in code:
            figures = re.findall(rf'(?<![\w!])(?<!=> )\("({NAME})",', code)  # ("orders_new", 1)
            chosen = re.findall(rf'=> \(.*, "({NAME})"\)', code)  # Ok(()) => (answer, "webhooks_received")
            found[str(path.relative_to(ROOT))] = {*figures, *chosen}
    return found


def emitted() -> set[str]:
    """All metrics that functions emit, the gauges of what waits among them."""
    kinds = (ROOT / "shared/flows/src/todo/mod.rs").read_text(encoding="utf-8")
    return set().union(*calls().values(), re.findall(r'=> "(waiting_\w+)"', kinds))


def looked_at(*files: str) -> set[str]:
    """Metrics of ours in Terraform files: AWS's own are in CamelCase."""
    text = "\n".join((ROOT / "infra" / file).read_text(encoding="utf-8") for file in files)
    text = re.sub(r"(?m)^resource .*|#.*$", "", text)
    tables = re.findall(r"(?ms)^  (?:waiting|alarmed)_metrics = \{\n(.*?)^  \}", text)
    assert len(tables) == 2
    return set(re.findall(rf'"({NAME})"', text)).union(*(re.findall(rf"(?m)^    ({NAME}) +=", table) for table in tables))


def test_every_file_that_emits_metrics_is_understood() -> None:
    """A call whose names stand elsewhere would go unseen."""
    assert calls()
    assert [path for path, names in calls().items() if not names] == []


def test_every_metric_of_the_dashboard_and_the_alarms_is_emitted() -> None:
    """A graph of a misspelt name is empty, and its alarm never goes off."""
    assert looked_at("dashboard.tf", "alarms.tf") - emitted() == set()


def test_every_metric_that_is_emitted_is_looked_at() -> None:
    """A figure that nobody sees is emitted for nothing."""
    assert emitted() - looked_at("dashboard.tf", "alarms.tf") == set(UNSEEN)
