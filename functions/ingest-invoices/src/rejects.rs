//! What is set aside: where a person finds it, beside the reason.

use passerelle_domain::{Rejection, Result, Revision};
use passerelle_erp::invoices::RejectedInvoice;
use passerelle_ledger::DropId;
use passerelle_platform::put_once;

use crate::Deps;

/// `invoices/rejected/<file's name>-<8 digits of the version's hash>`: the same version of a file
/// always has the same place.
fn place(drop: &DropId) -> String {
    let name = drop.key.rsplit('/').next().unwrap_or(&drop.key);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("invoices/rejected/{stem}-{}", &hash(drop).as_str()[..8])
}

/// The version of the file as a hash: S3 takes metadata in ASCII only, and names have accents.
fn hash(drop: &DropId) -> Revision {
    Revision::of_bytes(drop.to_string().as_bytes())
}

/// Keeps the rows of rejected invoices with what is wrong with them. Nothing when none is.
pub(crate) async fn keep_rejects(
    deps: &Deps,
    drop: &DropId,
    file: &[u8],
    rejected: &[RejectedInvoice],
) -> Result<Option<String>> {
    if rejected.is_empty() {
        return Ok(None);
    }
    let key = format!("{}.csv", place(drop));
    let rows = deps.layout.rejects(file, rejected);
    put_once(&*deps.objects, &key, rows, "text/csv", hash(drop).as_str()).await?;
    Ok(Some(key))
}

/// Keeps a file that was refused whole, as it came, and the reason beside it; answers the reason's key.
pub(crate) async fn keep_refused_file(
    deps: &Deps,
    drop: &DropId,
    file: Option<Vec<u8>>,
    rejection: &Rejection,
) -> Result<String> {
    let place = place(drop);
    let origin = hash(drop).to_string();
    let mut kept = "Le fichier n'a pas pu être copié.".to_owned();
    if let Some(file) = file {
        let key = format!("{place}.csv");
        put_once(&*deps.objects, &key, file, "text/csv", &origin).await?;
        kept = format!("Copie du fichier : {key}");
    }
    let reason = format!(
        "Fichier refusé en entier : aucune facture n'en a été prise.\n\n\
         Fichier : {} (version {})\nOù      : {}\nValeur  : {}\nRègle   : {} ({})\n{kept}\n\n\
         Corrigez le fichier et déposez-le à nouveau dans invoices/inbox/.\n",
        drop.key, drop.version, rejection.field, rejection.value, rejection.rule, rejection.code,
    );
    let key = format!("{place}.txt");
    put_once(&*deps.objects, &key, reason.into_bytes(), "text/plain; charset=utf-8", &origin).await?;
    Ok(key)
}
