//! Everything that can be checked of a configuration without AWS, by what functions do at their start.

use std::collections::BTreeMap;

use passerelle_domain::{FailureKind, Result};
use passerelle_erp::acks::AckLayout;
use passerelle_erp::invoices::InvoiceLayout;
use passerelle_erp::orders::OrderLayout;
use passerelle_erp::toml_reader::{Fault, texts_of};

use passerelle_config::{Config, ConfigFiles, FILE, order_layout_files, read_config};
use passerelle_invoice_pdf::Renderer;

use super::placeholders::{Target, in_list, in_toml};

/// Where the local cloud's secrets stand, beside `passerelle.toml`.
const SECRETS: &str = "secrets.json";

/// What was checked of a configuration, and everything that is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckedConfig {
    /// What was checked, a line each.
    pub checked: Vec<String>,
    /// What works, and may cost a merchant something.
    pub warnings: Vec<String>,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

impl CheckedConfig {
    fn fault(&mut self, file: &str, message: impl ToString) {
        self.fault_at(file, "", message);
    }

    fn fault_at(&mut self, file: &str, path: &str, message: impl ToString) {
        let (file, path, message) = (Some(file.to_owned()), path.to_owned(), message.to_string());
        self.faults.push(Fault { file, path, message, ..Fault::default() });
    }

    /// Notes the faults of a layout's files, or that there are none.
    fn layout(&mut self, name: &str, what: &str, faults: Vec<Fault>) {
        let (folder, own) = name.rsplit_once('/').map_or(("", name), |(folder, own)| (folder, own));
        if faults.is_empty() {
            self.checked.push(format!("{name}: {what}"));
        }
        self.faults.extend(faults.into_iter().map(|fault| {
            let file = fault.file.as_deref().unwrap_or(own);
            let file = if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") };
            Fault { file: Some(file), ..fault }
        }));
    }
}

/// Checks a configuration: its files, as functions find them in their bucket. What is still to be
/// filled in is a fault, although functions would start with some of it.
///
/// # Errors
/// When the files cannot be read. What is wrong with the configuration is in the answer.
pub async fn check_config(files: &dyn ConfigFiles, target: Target) -> Result<CheckedConfig> {
    let mut found = CheckedConfig::default();
    let Some(text) = text(files, FILE, &mut found).await? else { return Ok(found) };
    let config = Config::read(&text);
    // Files are looked for by their names alone: a fault elsewhere hides none of theirs.
    let names = texts_of(&text).unwrap_or_default();
    let named = |field: &str| {
        let named = names.iter().find(|(path, name)| path == field && !name.is_empty());
        named.map(|(_, name)| name.as_str())
    };
    if let Some(name) = named("orders.layout") {
        check_orders(files, name, "orders.layout", target, &mut found).await?;
    }
    for (field, name) in names.iter().filter(|(field, _)| field.starts_with("orders.shop_layouts.")) {
        check_orders(files, name, field, target, &mut found).await?;
    }
    if let Some(name) = named("invoices.layout")
        && let Some(text) = text_of(files, name, "invoices.layout", target, &mut found).await?
    {
        found.layout(name, "the layout of invoices", InvoiceLayout::faults(&text));
        if InvoiceLayout::from_toml(&text).is_ok_and(|layout| !layout.has_trailer()) {
            found.warnings.push(format!(
                "{name}: there is no [trailer], so a file that is cut off between two rows looks whole"
            ));
        }
    }
    if let Some(name) = named("orders.acks.layout")
        && let Some(text) = text_of(files, name, "orders.acks.layout", target, &mut found).await?
    {
        found.layout(name, "the layout of reports on orders", AckLayout::faults(&text));
    }
    let unfilled = in_toml(FILE, &text, target);
    match config {
        Ok(config) => {
            let shops: Vec<&str> = config.shops.iter().map(|shop| shop.id().as_str()).collect();
            if unfilled.is_empty() {
                found.checked.insert(0, format!("{FILE}: shops ({}), seller, mentions", shops.join(", ")));
            }
            found.faults.splice(0..0, unfilled).for_each(drop);
            found.checked.push(expected(&config));
            check_logo(files, &config, &mut found).await?;
            check_secrets(files, &config, &mut found).await?;
        }
        Err(faults) => {
            if let Some(logo) = named("branding.logo")
                && files.file(logo).await?.is_none()
            {
                found.fault(logo, format!("there is no such file (branding.logo in {FILE} names it)"));
            }
            let mut faults = Vec::from(faults);
            // A field that cannot be read for what stands in it is one fault.
            let known = |fault: &Fault| faults.iter().any(|known| known.path == fault.path);
            let more: Vec<_> = unfilled.into_iter().filter(|fault| !known(fault)).collect();
            faults.extend(more);
            faults.sort_by_key(|fault| (fault.line, fault.column));
            found.faults.splice(0..0, faults).for_each(drop);
        }
    }
    Ok(found)
}

/// When the ERP's file of invoices is expected.
fn expected(config: &Config) -> String {
    match config.invoices.expected() {
        Some(expected) => {
            format!("invoices are expected by {:.0}, {} days a week", expected.by, expected.on.len())
        }
        None => "no invoices.expected_by: nothing alarms when the ERP's file does not come".to_owned(),
    }
}

async fn check_logo(files: &dyn ConfigFiles, config: &Config, found: &mut CheckedConfig) -> Result<()> {
    let presentation = config.presentation();
    let logo = presentation.branding.logo.as_str();
    let renderer = async {
        let logo = config.logo(files).await?;
        Renderer::new(&presentation, logo.as_deref())
    };
    match renderer.await {
        Ok(_) if logo.is_empty() => found.checked.push("the look of invoices, without a logo".into()),
        Ok(_) => found.checked.push(format!("{logo}: the logo")),
        Err(failure) if failure.kind() == FailureKind::Retry => return Err(failure),
        Err(failure) => found.fault(logo, failure),
    }
    Ok(())
}

async fn check_orders(
    files: &dyn ConfigFiles,
    name: &str,
    field: &str,
    target: Target,
    found: &mut CheckedConfig,
) -> Result<()> {
    let Some(text) = text_of(files, name, field, target, found).await? else { return Ok(()) };
    let own = name.rsplit('/').next().unwrap_or(name);
    let lists = match order_layout_files(files, name, &text).await {
        Ok(lists) => lists,
        Err(failure) => {
            found.fault(name, failure);
            return Ok(());
        }
    };
    let folder = name.strip_suffix(own).unwrap_or_default();
    for (list, text) in &lists {
        found.faults.extend(in_list(&format!("{folder}{list}"), text, target));
    }
    let what = match lists.len() {
        0 => "the layout of orders".to_owned(),
        _ => format!(
            "the layout of orders, with {}",
            lists.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
        ),
    };
    found.layout(name, &what, OrderLayout::faults(own, &text, |list| lists.get(list).cloned()));
    Ok(())
}

/// A text that `passerelle.toml` names in a field.
async fn text_of(
    files: &dyn ConfigFiles,
    name: &str,
    field: &str,
    target: Target,
    found: &mut CheckedConfig,
) -> Result<Option<String>> {
    let before = found.faults.len();
    let text = text(files, name, found).await?;
    if let Some(fault) = found.faults.get_mut(before) {
        fault.message = format!("{} ({field} in {FILE} names it)", fault.message);
    }
    if let Some(text) = &text {
        found.faults.extend(in_toml(name, text, target));
    }
    Ok(text)
}

/// A text, or a fault.
async fn text(files: &dyn ConfigFiles, name: &str, found: &mut CheckedConfig) -> Result<Option<String>> {
    match read_config(files, name).await {
        Ok(text) => Ok(Some(text)),
        Err(failure) if failure.kind() == FailureKind::Misconfigured => {
            found.fault(name, failure);
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// The shape of the local cloud's secrets, if they are there: each shop has one with the right fields.
/// Nothing here repeats a value.
async fn check_secrets(files: &dyn ConfigFiles, config: &Config, found: &mut CheckedConfig) -> Result<()> {
    let Some(secrets) = files.file(SECRETS).await? else {
        found.checked.push(format!("no {SECRETS}: the shops' secrets are elsewhere, and were not checked"));
        return Ok(());
    };
    let secrets: BTreeMap<String, serde_json::Value> = match serde_json::from_slice(&secrets) {
        Ok(secrets) => secrets,
        Err(error) => {
            found.faults.push(Fault {
                file: Some(SECRETS.into()),
                line: Some(error.line()),
                column: Some(error.column()),
                message: "is no JSON object with the names of shops in it".into(),
                ..Fault::default()
            });
            return Ok(());
        }
    };
    let before = found.faults.len();
    for shop in &config.shops {
        let id = shop.id().as_str();
        match secrets.get(id) {
            None => found.fault_at(SECRETS, id, "is missing: the shop has no secret"),
            Some(secret) => {
                if let Err(failure) = shop.connect(&secret.to_string()) {
                    found.fault_at(SECRETS, id, failure);
                }
            }
        }
    }
    for id in secrets.keys().filter(|id| config.shops.iter().all(|shop| shop.id().as_str() != *id)) {
        found.fault_at(SECRETS, id, format!("is no shop of {FILE}"));
    }
    if found.faults.len() == before {
        found.checked.push(format!("{SECRETS}: the fields of each shop's secret"));
    }
    Ok(())
}
