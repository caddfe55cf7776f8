//! Descriptions as parts of a page: the little of Markdown that they use, which is paragraphs, lists and code.

/// A part of a description.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Block {
    Paragraph(Vec<Span>),
    List(Vec<Vec<Span>>),
}

/// Text of one kind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub text: String,
    pub is_code: bool,
}

/// Blank lines part blocks; a block whose lines begin with `- ` is a list.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let parts = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| list(part).unwrap_or_else(|| Block::Paragraph(spans(part)))).collect()
}

fn list(part: &str) -> Option<Block> {
    let items = part.lines().map(|line| line.trim().strip_prefix("- ").map(spans));
    items.collect::<Option<Vec<_>>>().map(Block::List)
}

/// Every second part between backticks is code.
fn spans(text: &str) -> Vec<Span> {
    let parts = text.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    parts.map(|(n, part)| Span { text: part.replace('\n', " "), is_code: n % 2 == 1 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_lists_and_code_are_told_apart() {
        let span = |text: &str, is_code| Span { text: text.to_owned(), is_code };
        assert_eq!(
            blocks("One `a` of\nthem.\n\n- `b`: two\n- three"),
            [
                Block::Paragraph(vec![span("One ", false), span("a", true), span(" of them.", false)]),
                Block::List(vec![vec![span("b", true), span(": two", false)], vec![span("three", false)]]),
            ]
        );
        assert_eq!(blocks(""), []);
    }
}
