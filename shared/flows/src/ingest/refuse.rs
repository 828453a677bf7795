//! A file that is refused whole: kept where a person finds it, beside the reason.

use passerelle_domain::{Rejection, Result};
use passerelle_erp::in_french;
use passerelle_ledger::{DropId, DropOutcome};
use passerelle_services::{Metric, keys, put_file_once, put_once};
use tempfile::NamedTempFile;

use crate::ingest::{Ingest, finish};

/// Where rejected invoices and refused files go.
pub(crate) const FOLDER: &str = keys::INVOICES_REJECTED;

/// Refuses a file: what is wrong is kept beside a copy of it.
pub(crate) async fn whole(
    deps: &Ingest,
    drop: &DropId,
    file: Option<NamedTempFile>,
    rejection: Rejection,
) -> Result<()> {
    let rejects_key = keep(deps, drop, file, &rejection).await?;
    tracing::error!(
        %drop, fault.code = rejection.code, fault.field = rejection.field, rejects.key = rejects_key,
        "file refused whole"
    );
    deps.env.metrics.emit(&[(Metric::DropsRejected, 1)]);
    finish(deps, drop, &DropOutcome::Rejected { rejection, rejects_key: Some(rejects_key) }).await
}

/// Keeps the file as it came, and the reason; returns the reason's key.
async fn keep(
    deps: &Ingest,
    drop: &DropId,
    file: Option<NamedTempFile>,
    rejection: &Rejection,
) -> Result<String> {
    let place = drop.set_aside_in(FOLDER);
    let origin = drop.digest().to_string();
    let mut kept = "Le fichier n'a pas été copié ; il est encore sous son nom.".to_owned();
    if let Some(file) = file {
        // Under its own ending: what is no CSV must not look like one.
        let name = drop.key.rsplit('/').next().unwrap_or(&drop.key);
        let ending = name.rsplit_once('.').map_or("csv", |(_, ending)| ending);
        let ending = if ending.chars().all(char::is_alphanumeric) { ending } else { "csv" };
        let key = format!("{place}.{}", if ending == "txt" { "csv" } else { ending });
        put_file_once(&*deps.env.objects, &key, file.path(), "application/octet-stream", &origin).await?;
        kept = format!("Copie du fichier : {key}");
    }
    let reason = format!(
        "Fichier refusé en entier : aucune facture n'en a été prise.\n\n\
         Fichier : {} (version {})\nDéfaut  : {} ({})\n{kept}\n\n\
         Corrigez le fichier et déposez-le à nouveau dans invoices/inbox/.\n",
        drop.key,
        drop.version,
        in_french(rejection),
        rejection.code,
    );
    let key = format!("{place}.txt");
    put_once(&*deps.env.objects, &key, reason.into_bytes(), "text/plain; charset=utf-8", &origin).await?;
    Ok(key)
}
