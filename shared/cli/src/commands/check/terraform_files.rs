//! What stands beside a configuration for Terraform, compared with it: `terraform.tfvars` and `backend.tf`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::placeholders::{Target, placeholder};
use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Body};
use passerelle_config::FILE;
use passerelle_domain::Result;
use passerelle_erp::toml_reader::Fault;

use crate::commands::files::text;

const VARIABLES: &str = "terraform.tfvars";
const BACKEND: &str = "backend.tf";

/// What Terraform is given for the environment.
pub(super) struct TerraformFiles {
    /// Where the environment is.
    pub(super) target: Target,
    /// What was checked, a line each.
    pub(super) checked: Vec<String>,
    /// What is wrong.
    pub(super) faults: Vec<Fault>,
}

/// Reads a directory's files for Terraform, as far as there are any.
///
/// # Errors
/// When one cannot be read.
pub(super) fn check(directory: &Path) -> Result<TerraformFiles> {
    let mut found = TerraformFiles { target: Target::LocalCloud, checked: Vec::new(), faults: Vec::new() };
    let Some(variables) = File::read(directory, VARIABLES, &mut found)? else { return Ok(found) };
    let local = variables.body.get_attribute("local").and_then(|local| local.value.as_bool());
    if local == Some(true) {
        return Ok(found);
    }
    found.target = Target::Aws;
    let env = variables.env(directory, &mut found.faults);
    // Where it cannot be read for a fault of its own, there is nothing to compare with.
    if let Some(shops) = shops_of(directory) {
        variables.compare_shops(&shops, &mut found.faults);
    }
    variables.unfilled(&variables.body, &mut found.faults);
    if let (Some(backend), Some(env)) = (File::read(directory, BACKEND, &mut found)?, env) {
        backend.state(&env, &mut found.faults);
    }
    if found.faults.is_empty() {
        found.checked.push(format!("{VARIABLES}: env, and the shops of {FILE}"));
    }
    Ok(found)
}

/// The names of the shops, whatever else is wrong with them.
fn shops_of(directory: &Path) -> Option<BTreeSet<String>> {
    let table: toml::Table = fs::read_to_string(directory.join(FILE)).ok()?.parse().ok()?;
    let shops = table.get("shops")?.as_array()?;
    shops.iter().map(|shop| Some(shop.get("id")?.as_str()?.to_owned())).collect()
}

/// A file of Terraform's language.
struct File {
    name: &'static str,
    text: String,
    body: Body,
}

impl File {
    fn read(directory: &Path, name: &'static str, found: &mut TerraformFiles) -> Result<Option<Self>> {
        let path = directory.join(name);
        if !path.is_file() {
            return Ok(None);
        }
        let text = text(&path)?;
        match hcl_edit::parser::parse_body(&text) {
            Ok(body) => Ok(Some(Self { name, text, body })),
            Err(error) => {
                let (line, column) = (error.location().line(), error.location().column());
                found.faults.push(Fault {
                    file: Some(name.into()),
                    line: Some(line),
                    column: Some(column),
                    message: error.message().to_owned(),
                    ..Fault::default()
                });
                Ok(None)
            }
        }
    }

    /// What is wrong with an attribute, given or missing.
    fn fault(&self, attribute: Option<&Attribute>, path: &str, message: impl Into<String>) -> Fault {
        let at = attribute.and_then(|own| own.span()).map(|span| Fault::at(&self.text, span.start));
        let value = attribute.and_then(|own| own.value.as_str()).map(|text| format!("{text:?}"));
        Fault {
            file: Some(self.name.into()),
            path: path.to_owned(),
            value: value.unwrap_or_default(),
            message: message.into(),
            ..at.unwrap_or_default()
        }
    }

    /// The environment's name. It must be that of its directory, which `make deploy` takes for ENV.
    fn env(&self, directory: &Path, faults: &mut Vec<Fault>) -> Option<String> {
        let Some(attribute) = self.body.get_attribute("env") else {
            faults.push(self.fault(None, "env", "is missing"));
            return None;
        };
        let Some(env) = attribute.value.as_str() else {
            faults.push(self.fault(Some(attribute), "env", "is no text"));
            return None;
        };
        let directory = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
        let of_environments = directory.parent().is_some_and(|parent| parent.ends_with("environments"));
        let named = directory.file_name().unwrap_or_default().to_string_lossy();
        if of_environments && named != env {
            let rule = format!("{env:?} is another environment than {named:?}, whose directory this is");
            faults.push(self.fault(Some(attribute), "env", rule));
        }
        Some(env.to_owned())
    }

    /// Each shop needs a secret, which is made for the shops named here.
    fn compare_shops(&self, configured: &BTreeSet<String>, faults: &mut Vec<Fault>) {
        let attribute = self.body.get_attribute("shops");
        let mut note = |rule: String| {
            faults.push(self.fault(attribute, "shops", rule));
        };
        let named: Option<BTreeSet<String>> = match attribute.map(|attribute| &attribute.value) {
            None => Some(BTreeSet::new()),
            Some(Expression::Array(names)) => {
                names.iter().map(|name| name.as_str().map(str::to_owned)).collect()
            }
            Some(_) => None,
        };
        let Some(named) = named else { return note("is no list of texts".into()) };
        for shop in configured.difference(&named) {
            note(format!("{shop:?} is missing: it is one of the [[shops]] of {FILE}"));
        }
        for shop in named.difference(configured) {
            note(format!("{shop:?} is none of the [[shops]] of {FILE}"));
        }
    }

    /// Where the state is kept: under another environment's key, this one's plan would destroy that one.
    fn state(&self, env: &str, faults: &mut Vec<Fault>) {
        let key = format!("passerelle/{env}.tfstate");
        for settings in self.body.get_blocks("terraform") {
            for backend in settings.body.get_blocks("backend") {
                self.unfilled(&backend.body, faults);
                let own = backend.body.get_attribute("key");
                if let Some(own) = own.filter(|own| own.value.as_str() != Some(key.as_str())) {
                    let rule = format!(
                        "is another state than {key:?}, which make deploy uses: remove this line, \
                         and move the state there first if this environment has one"
                    );
                    faults.push(self.fault(Some(own), "terraform.backend.key", rule));
                }
            }
        }
    }

    fn unfilled(&self, body: &Body, faults: &mut Vec<Fault>) {
        let unfilled = |attribute: &Attribute| {
            let rule = placeholder(attribute.value.as_str()?, Target::Aws)?;
            Some(self.fault(Some(attribute), attribute.key.as_str(), rule))
        };
        faults.extend(body.attributes().filter_map(unfilled));
    }
}
