//! How an invoice is to be paid: in words, and as a code to scan.

use passerelle_domain::Money;

use super::{Context, LEFT, RIGHT, WIDTH};
use crate::CREDIT_BALANCE;
use crate::balance::Balance;
use crate::epc::{self, Code};
use crate::facturx;
use crate::format;
use crate::page::{Colour, Item, Len, Page, Style, mm, pt};
use crate::text::wrap;

const BODY: Style = Style::regular(pt(85), Colour::INK);
const MINOR: Style = Style::regular(pt(70), Colour::GREY);
const PITCH: Len = pt(122);
const ABOVE: Len = pt(200);
/// The code is as large as a phone's camera likes it, a module of about half a millimetre.
const CODE: Len = mm(240);
const CODE_ABOVE: Len = mm(50);
const BESIDE: Len = WIDTH - CODE - mm(60);

/// The payment block of one invoice, measured.
pub(super) struct Payment {
    lines: Vec<(Style, String)>,
    code: Option<Code>,
}

impl Payment {
    pub(super) fn measure(context: &Context<'_>) -> Self {
        let code = if by_transfer(context) {
            epc::code(&context.presentation.seller, context.invoice)
        } else {
            None
        };
        let room = if code.is_some() { BESIDE } else { WIDTH };
        let mut texts: Vec<(Style, String)> = words(context).into_iter().map(|text| (BODY, text)).collect();
        if code.is_some() {
            texts.push((
                MINOR,
                "Virement en un geste : scannez le code avec votre application bancaire.".into(),
            ));
        }
        let lines = texts
            .into_iter()
            .flat_map(|(style, text)| {
                wrap(context.fonts, style, &text, room).into_iter().map(move |line| (style, line))
            })
            .collect();
        Self { lines, code }
    }

    /// Its height with `below` under its words; it stays in one piece.
    pub(super) fn height(&self, below: Len) -> Len {
        let code = if self.code.is_some() { CODE_ABOVE + CODE } else { 0 };
        self.words_height().saturating_add(below).max(code)
    }

    fn words_height(&self) -> Len {
        ABOVE + PITCH * self.lines.len() as Len
    }

    /// The width left of the code, for what follows under the words.
    pub(super) fn room(&self) -> Len {
        if self.code.is_some() { BESIDE } else { WIDTH }
    }

    /// Draws it from `y` down; returns the bottom of its words.
    pub(super) fn draw(&self, context: &Context<'_>, page: &mut Page<'_>, y: Len) -> Len {
        let mut baseline = y + ABOVE;
        page.text(LEFT, baseline, Style::bold(pt(85), context.accent), "Règlement");
        for (style, line) in &self.lines {
            baseline += PITCH;
            page.text(LEFT, baseline, *style, line);
        }
        if let Some(code) = &self.code {
            let (x, y) = (RIGHT - CODE, y + CODE_ABOVE);
            page.items.push(Item::Code { x, y, side: CODE, code: code.clone() });
        }
        y + self.words_height()
    }
}

/// Whether the buyer is to send the money himself; not where it is fetched, was paid, or is the buyer's.
fn by_transfer(context: &Context<'_>) -> bool {
    let means = facturx::payment_means(&context.presentation.seller, context.invoice);
    matches!(Balance::of(context.invoice), Balance::ToPay(_)) && facturx::is_transfer(means)
}

fn words(context: &Context<'_>) -> Vec<String> {
    let (invoice, mentions) = (context.invoice, &context.presentation.mentions);
    let means = invoice.payment.means.trim();
    match Balance::of(invoice) {
        Balance::ToPay(_) => {}
        Balance::ToBuyer(_) if context.is_credit_note() => return vec![mentions.credit_note.clone()],
        Balance::ToBuyer(left) => {
            let left = format::amount_in(left, &invoice.currency);
            return vec![format!("{CREDIT_BALANCE}\u{a0}: {left}."), mentions.credit_balance.clone()];
        }
        Balance::Settled => {
            let how = if means.is_empty() { String::new() } else { format!(" ({means})") };
            let settled = match (context.is_credit_note(), invoice.totals.prepaid) {
                (_, Money::ZERO) => return vec!["Aucun montant à régler.".into()],
                (true, _) => "Avoir soldé",
                (false, prepaid) if prepaid > Money::ZERO => "Facture acquittée",
                (false, _) => "Solde remboursé",
            };
            return vec![format!("{settled}{how}.")];
        }
    }
    let due = invoice.due_on.map(|date| format!("échéance le {}", format::date(date)));
    let means = Some(means.to_owned()).filter(|means| !means.is_empty());
    let how: Vec<String> = [means, due].into_iter().flatten().collect();
    let mut lines = vec![capitalised(&how.join(" – ")), invoice.payment.terms.trim().to_owned()];
    if lines[1].is_empty() && invoice.due_on.is_none() {
        lines[1].clone_from(&mentions.payment_terms);
    }
    let seller = &context.presentation.seller;
    if by_transfer(context) && !seller.iban.is_empty() {
        let mut account = format!("IBAN {}", format::grouped(&seller.iban, 4));
        if !seller.bic.is_empty() {
            account.push_str(&format!("  ·  BIC {}", seller.bic));
        }
        lines.push(account);
        lines.push(format!("Référence à rappeler : {}", epc::remittance(invoice)));
    }
    lines.retain(|line| !line.trim().is_empty());
    lines
}

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}
