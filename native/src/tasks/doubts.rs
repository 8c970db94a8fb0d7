//! What a person may have meant otherwise, though a table can be read.

use super::table::Table;
use electra::tasks::Columns;

/// Sentences about a table and the columns that are read of it.
pub(super) fn doubts(table: &Table, columns: &Columns) -> Vec<String> {
    let read = [&columns.first, &columns.label].into_iter().chain(&columns.second);
    let mut doubts: Vec<String> =
        read.filter(|name| is_twice(table, name)).map(|name| twice(table, name)).collect();
    let Some(first) = table.optional(&columns.first) else { return doubts };
    let texts: Vec<&str> = table.rows.iter().filter_map(|row| row.cells[first].as_str()).collect();
    let blank = texts.iter().filter(|text| text.trim().is_empty()).count();
    if blank > 0 {
        let count = if blank == 1 { "1 text is".to_owned() } else { format!("{blank} texts are") };
        doubts.push(format!("{count} blank: {}", table.name));
    }
    let quoted = texts.iter().filter(|text| is_quoted(text)).count();
    if 2 * quoted > texts.len() {
        doubts.push(format!(
            "most of `{}` stands in quotation marks, which are part of a .tsv's text; if they are \
             not meant, write a .csv: {}",
            columns.first, table.name
        ));
    }
    doubts
}

fn is_twice(table: &Table, name: &str) -> bool {
    let same = |column: &&String| column.trim().eq_ignore_ascii_case(name);
    table.columns.iter().filter(same).count() > 1
}

fn twice(table: &Table, name: &str) -> String {
    format!("there are several columns `{name}`, of which the first is read: {}", table.name)
}

/// A list of words of JSON stands in brackets.
fn is_quoted(text: &str) -> bool {
    text.len() > 1 && text.starts_with('"') && text.ends_with('"')
}

#[cfg(test)]
mod tests {
    use super::super::bundle::Text;
    use super::super::table::Form;
    use super::*;

    fn said(text: &str) -> Vec<String> {
        let text = Text { name: "x.tsv".to_owned(), text: text.to_owned() };
        let table = Table::parse(text, Form::Tsv).unwrap();
        let columns =
            Columns { first: "text".to_owned(), label: "label".to_owned(), ..Columns::default() };
        doubts(&table, &columns)
    }

    #[test]
    fn a_table_that_may_be_meant_otherwise_is_told_of() {
        assert!(said("text\tlabel\na\tx\nsay \"b\"\ty\n").is_empty());
        for (text, part) in [
            ("text\tlabel\ttext\na\tx\tb\n", "several columns `text`"),
            ("text\tlabel\n \tx\nb\ty\n", "1 text is blank"),
            ("text\tlabel\n\"a\"\tx\n\"b\"\ty\n", "quotation marks"),
        ] {
            let said = said(text);
            assert_eq!(said.len(), 1, "{said:?}");
            assert!(said[0].contains(part), "{said:?}");
        }
    }
}
