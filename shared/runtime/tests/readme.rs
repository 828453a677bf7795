//! The README proves its promises by tests, which must exist.

use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let is_source = path.extension().is_some_and(|extension| extension == "rs" || extension == "py");
        if path.is_dir() {
            sources(&path, found);
        } else if is_source {
            found.push(path);
        }
    }
}

#[test]
fn every_test_that_the_readme_names_exists() {
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = crate_root.join("../..");
    let mut files = Vec::new();
    for folder in ["shared", "functions", "tests"] {
        sources(&root.join(folder), &mut files);
    }
    let code: String = files.iter().filter_map(|file| std::fs::read_to_string(file).ok()).collect();
    let readme = std::fs::read_to_string(crate_root.join("README.md")).expect("the README");
    let quoted = readme.split('`').skip(1).step_by(2);
    // A test's name is a sentence: nothing else that is quoted has so many words.
    let names = quoted.filter(|name| {
        name.matches('_').count() >= 4 && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    });
    let names: Vec<_> = names.collect();
    let missing: Vec<_> = names
        .iter()
        .filter(|name| !code.contains(&format!("fn {name}(")) && !code.contains(&format!("def {name}(")))
        .collect();
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
    assert!(names.len() > 50, "the README names {} tests", names.len());
}
