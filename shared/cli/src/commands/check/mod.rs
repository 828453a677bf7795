//! `check`: a configuration directory, by what functions do at their start, without any environment.

pub(super) mod configuration;
pub(super) mod placeholders;
mod terraform_files;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use passerelle_domain::{Failure, Result};
use passerelle_erp::toml_reader::Fault;
use serde_json::json;

use configuration::check_config;

use super::files::shown;
use crate::Answer;

/// What a configuration consists of; what else is in the directory is Terraform's.
const KINDS: [&str; 4] = ["toml", "csv", "json", "png"];
/// A file that is larger is none of a configuration.
const MOST_BYTES: u64 = 1 << 20;
const MOST_FILES: usize = 1000;

/// Says everything that is wrong with a configuration, or what was checked.
///
/// # Errors
/// When the directory cannot be read.
pub(super) async fn check_directory(directory: &Path) -> Result<Answer> {
    let mut files = BTreeMap::new();
    for path in files_in(directory)? {
        let failed = |error| Failure::misconfigured("read", shown(&path), error);
        let below = path.strip_prefix(directory).unwrap_or(&path);
        let name: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        files.insert(name.join("/"), fs::read(&path).map_err(failed)?);
    }
    let terraform = terraform_files::check(directory)?;
    let mut found = check_config(&files, terraform.target).await?;
    found.faults.extend(terraform.faults);
    found.checked.extend(terraform.checked);
    let faults: Vec<_> = found
        .faults
        .iter()
        .map(|Fault { file, line, column, path, value, message }| {
            json!({
                "file": file, "line": line, "column": column, "path": path, "value": value, "rule": message,
            })
        })
        .collect();
    let mut says: Vec<String> = found.faults.iter().map(ToString::to_string).collect();
    says.extend(found.warnings.iter().map(|warning| format!("warning: {warning}")));
    says.extend(found.checked.iter().map(|checked| format!("right: {checked}")));
    let data = json!({"faults": faults, "warnings": found.warnings, "checked": found.checked});
    Ok(Answer { undone: !found.faults.is_empty(), ..Answer::found(says, data) })
}

/// The files of a configuration, in order.
fn files_in(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = vec![directory.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        let failed = |error| Failure::misconfigured("read directory", shown(&folder), error);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            let meta = fs::metadata(&path).map_err(failed)?;
            let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
            if meta.is_dir() && !hidden {
                folders.push(path);
            } else if KINDS.contains(&kind) && meta.len() <= MOST_BYTES {
                files.push(path);
            }
            if files.len() > MOST_FILES {
                let cause = format!("it has more than {MOST_FILES} files: it is no configuration");
                return Err(Failure::misconfigured("read directory", shown(directory), cause));
            }
        }
    }
    files.sort();
    Ok(files)
}
