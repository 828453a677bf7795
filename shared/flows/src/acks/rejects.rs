//! What is rejected: where a person finds it, beside the reason.

use passerelle_domain::{Rejection, Result};
use passerelle_erp::acks::BadAck;
use passerelle_erp::in_french;
use passerelle_ledger::DropId;
use passerelle_services::{keys, put_once};

use crate::acks::ReceiveAcks;

/// Where rejected rows and refused files go.
const FOLDER: &str = keys::ACKS_REJECTED;

/// Keeps the rejected rows with what is wrong with them. Nothing when there is none.
pub(crate) async fn keep(
    deps: &ReceiveAcks,
    drop: &DropId,
    file: &[u8],
    bad: &mut [BadAck],
) -> Result<Option<String>> {
    if bad.is_empty() {
        return Ok(None);
    }
    bad.sort_by_key(|bad| bad.line);
    let key = format!("{}.csv", drop.set_aside_in(FOLDER));
    let rows = deps.layout.rejects(file, bad);
    put_once(&*deps.env.objects, &key, rows, "text/csv", drop.digest().as_str()).await?;
    Ok(Some(key))
}

/// Writes why a file was refused whole; the file itself stays where it is.
pub(crate) async fn explain(deps: &ReceiveAcks, drop: &DropId, rejection: &Rejection) -> Result<String> {
    let reason = format!(
        "Compte rendu refusé en entier : aucune réponse n'en a été prise.\n\n\
         Fichier : {} (version {})\nDéfaut  : {} ({})\n\n\
         Corrigez le fichier et déposez-le à nouveau dans orders/acks/.\n",
        drop.key,
        drop.version,
        in_french(rejection),
        rejection.code,
    );
    let key = format!("{}.txt", drop.set_aside_in(FOLDER));
    let kind = "text/plain; charset=utf-8";
    put_once(&*deps.env.objects, &key, reason.into_bytes(), kind, drop.digest().as_str()).await?;
    Ok(key)
}
