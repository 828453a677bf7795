//! Texts of shops whose filters write HTML into them.

/// A text as people read it, without the entities that the shop's filters put in.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = text.to_owned();
    if plain.contains('&') {
        // `&amp;` last, so that nothing is decoded twice.
        let entities =
            [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#039;", "'"), ("&#39;", "'"), ("&amp;", "&")];
        for (entity, character) in entities {
            plain = plain.replace(entity, character);
        }
    }
    plain
}
