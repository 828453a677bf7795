use strsim::osa_distance;

/// The candidate that `word` was most likely meant to be: few letters away, else nothing.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let limit = (word.chars().count() / 3).clamp(1, 4);
    let distance = |candidate: &str| osa_distance(&word.to_lowercase(), &candidate.to_lowercase());
    let ranked = candidates.into_iter().map(|candidate| (distance(candidate), candidate));
    let near = ranked.filter(|(distance, _)| *distance <= limit);
    near.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// `; did you mean "x"?`, or nothing where no candidate is near.
pub fn hint<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    nearest(word, candidates).map_or_else(String::new, |near| format!("; did you mean {near:?}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_finds_its_neighbour() {
        let names = ["order.number", "order.net", "line.number"];
        assert_eq!(nearest("order.numbr", names), Some("order.number"));
        assert_eq!(nearest("order.nubmer", names), Some("order.number"));
        assert_eq!(nearest("Facturre", ["Facture", "Nature"]), Some("Facture"));
        assert_eq!(nearest("weather", names), None);
    }
}
