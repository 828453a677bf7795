//! The table of faults names a test for each, which must exist.

use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let kind = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() {
            sources(&path, found);
        } else if matches!(kind, Some("rs" | "py" | "hcl")) {
            found.push(path);
        }
    }
}

#[test]
fn every_fault_has_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["shared", "functions", "tests", "infra/tests"] {
        sources(&root.join(folder), &mut files);
    }
    let code: String = files.iter().filter_map(|file| std::fs::read_to_string(file).ok()).collect();
    let readme = std::fs::read_to_string(root.join("tests/README.md")).expect("the README");
    let table = readme.split("## Faults and their tests").nth(1).expect("the table");
    let exists = |name: &str| {
        ["fn", "def"].iter().any(|word| code.contains(&format!("{word} {name}(")))
            || code.contains(&format!("run \"{name}\""))
    };
    let mut rows = 0;
    for row in table.lines().filter(|line| line.starts_with('|')).skip(2) {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [number, fault, _, tests] = cells[..] else { panic!("a row of four cells: {row}") };
        rows += 1;
        assert_eq!(number, rows.to_string(), "{fault}");
        let names: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "{fault}: no test");
        for name in names {
            assert!(exists(name), "{fault}: there is no test {name}");
        }
    }
    assert_eq!(rows, 20, "every fault of the list");
}
