"""What comes again changes nothing."""

from __future__ import annotations


def test_fetching_and_exporting_again_changes_nothing(played):
    before = played.standing()
    assert played.day.fetch()["new"] == 0
    exported = played.day.export()
    assert (exported["files"], exported["orders"]) == ([], 0)
    assert played.standing() == before


def test_the_same_csv_again_changes_nothing(played):
    before = played.standing()
    outcome = played.outcome(played.drop(played.csv.name, played.csv.read_bytes()))
    assert figures(outcome) == {"new": 0, "same": played.made["count"], "conflicts": 0, "rejected": 0}
    assert played.standing() == before


def test_a_copy_under_another_name_changes_nothing(played):
    before = played.standing()
    outcome = played.outcome(played.drop("copie des factures été.csv", played.csv.read_bytes()))
    assert figures(outcome) == {"new": 0, "same": played.made["count"], "conflicts": 0, "rejected": 0}
    assert played.standing() == before


def test_reconcile_has_nothing_to_do(played):
    report = played.day.reconcile()
    assert report["announced_again"] == 0
    assert report["stuck"] == []


def figures(drop: dict) -> dict[str, int]:
    outcome = drop["outcome"]["M"]["accepted"]["M"]
    return {name: int(outcome[name]["N"]) for name in ("new", "same", "conflicts", "rejected")}
