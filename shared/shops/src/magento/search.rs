//! `searchCriteria`: filters in one group are alternatives, groups have to hold together.

use jiff::Timestamp;

use super::paging::Mark;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    query: Vec<(String, String)>,
    groups: usize,
    sorts: usize,
}

/// Field, condition, value.
type Filter<'a> = (&'a str, &'a str, String);

impl Search {
    /// The first `rows` of what matches.
    pub fn first(rows: usize) -> Self {
        let query = vec![
            ("searchCriteria[pageSize]".into(), rows.to_string()),
            ("searchCriteria[currentPage]".into(), "1".into()),
        ];
        Self { query, ..Self::default() }
    }

    /// One of these has to match.
    pub fn any(mut self, filters: &[Filter<'_>]) -> Self {
        for (i, (field, condition, value)) in filters.iter().enumerate() {
            let base = format!("searchCriteria[filter_groups][{}][filters][{i}]", self.groups);
            self.query.push((format!("{base}[field]"), (*field).to_owned()));
            self.query.push((format!("{base}[condition_type]"), (*condition).to_owned()));
            self.query.push((format!("{base}[value]"), value.clone()));
        }
        self.groups += 1;
        self
    }

    /// One of these values.
    pub fn one_of<T: ToString>(self, field: &str, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
        self.any(&[(field, "in", values.join(","))])
    }

    /// Smallest first.
    pub fn sorted_by(mut self, field: &str) -> Self {
        let base = format!("searchCriteria[sortOrders][{}]", self.sorts);
        self.query.push((format!("{base}[field]"), field.into()));
        self.query.push((format!("{base}[direction]"), "ASC".into()));
        self.sorts += 1;
        self
    }

    /// What was changed after a mark, oldest change first.
    pub fn changed_after(self, (at, id): Mark) -> Self {
        let time = time(at);
        let search = match id {
            0 => self.any(&[("updated_at", "gteq", time)]),
            id => self
                .any(&[("updated_at", "gteq", time.clone())])
                .any(&[("updated_at", "gt", time), ("entity_id", "gt", id.to_string())]),
        };
        search.sorted_by("updated_at").sorted_by("entity_id")
    }

    /// Only these fields, in Magento's notation: `items[entity_id],total_count`.
    pub fn only(mut self, fields: &str) -> Self {
        self.query.push(("fields".into(), fields.into()));
        self
    }

    /// Name and value of each part of the query.
    pub fn query(&self) -> impl Iterator<Item = (&str, String)> {
        self.query.iter().map(|(name, value)| (name.as_str(), value.clone()))
    }
}

/// A time as the database keeps it: UTC, whole seconds.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(search: &Search) -> Vec<String> {
        search
            .query()
            .map(|(name, value)| {
                let name = name.strip_prefix("searchCriteria").unwrap_or(name);
                format!("{name}={value}")
            })
            .collect()
    }

    #[test]
    fn a_page_begins_after_a_second_and_an_id_in_it() {
        let at = Timestamp::from_second(1_795_485_404).expect("a time");
        let search = Search::first(100).changed_after((at, 7)).only("items[entity_id]");
        assert_eq!(
            text(&search),
            [
                "[pageSize]=100",
                "[currentPage]=1",
                "[filter_groups][0][filters][0][field]=updated_at",
                "[filter_groups][0][filters][0][condition_type]=gteq",
                "[filter_groups][0][filters][0][value]=2026-11-24 01:56:44",
                "[filter_groups][1][filters][0][field]=updated_at",
                "[filter_groups][1][filters][0][condition_type]=gt",
                "[filter_groups][1][filters][0][value]=2026-11-24 01:56:44",
                "[filter_groups][1][filters][1][field]=entity_id",
                "[filter_groups][1][filters][1][condition_type]=gt",
                "[filter_groups][1][filters][1][value]=7",
                "[sortOrders][0][field]=updated_at",
                "[sortOrders][0][direction]=ASC",
                "[sortOrders][1][field]=entity_id",
                "[sortOrders][1][direction]=ASC",
                "fields=items[entity_id]",
            ]
        );
        let whole = text(&Search::first(1).changed_after((at, 0)));
        assert!(whole.contains(&"[filter_groups][0][filters][0][condition_type]=gteq".to_owned()));
        assert!(!whole.iter().any(|part| part.contains("[1][filters]")), "{whole:?}");
    }
}
