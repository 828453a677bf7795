use passerelle_domain::Rejection;

use crate::encoding::Encoding;
use crate::invoices::model::Layout;
use crate::rules::Rule;

/// Whether all rows so far are text, and which.
#[derive(Default)]
pub(super) struct Text {
    /// The first line that is not ASCII.
    foreign: Option<u64>,
    /// Whether one is not UTF-8.
    not_utf8: bool,
}

impl Text {
    pub(super) fn check(&mut self, layout: &Layout, first_line: u64, bytes: &[u8]) -> Result<(), Rejection> {
        if bytes.is_ascii() && memchr::memchr(0, bytes).is_none() {
            return Ok(());
        }
        let name = layout.encoding.name();
        let line = |at: usize| first_line + memchr::memchr_iter(b'\n', &bytes[..at]).count() as u64;
        if let Some(at) = layout.encoding.undecodable(bytes) {
            let (line, value) = (format!("line {}", line(at)), format!("byte 0x{:02X}", bytes[at]));
            return Err(Rejection::new(
                Rule::Encoding,
                line,
                value,
                format!("this byte is no text in {name}"),
            ));
        }
        if self.foreign.is_none() {
            self.foreign = bytes.iter().position(|byte| !byte.is_ascii()).map(line);
        }
        self.not_utf8 = self.not_utf8 || std::str::from_utf8(bytes).is_err();
        Ok(())
    }

    /// Accents in a single-byte encoding are next to never valid UTF-8 by chance, but UTF-8 is always
    /// valid in Windows-1252: it would put "CafÃ©" on invoices.
    pub(super) fn mistaken(&self, layout: &Layout) -> Option<Rejection> {
        let line = self.foreign.filter(|_| layout.encoding != Encoding::Utf8 && !self.not_utf8)?;
        let rule = format!("the file is in UTF-8 and not in {}", layout.encoding.name());
        Some(Rejection::new(Rule::Encoding, format!("line {line}"), "utf-8", rule))
    }
}
