//! Figures as a Markdown table, fit for `docs/benchmarks.md`.

/// A table under construction.
pub struct Table {
    columns: usize,
    lines: Vec<String>,
}

impl Table {
    /// A table whose first column names what is measured.
    pub fn new(columns: &[String]) -> Self {
        let mut table = Table { columns: columns.len(), lines: Vec::new() };
        table.row("", columns);
        table.lines.push(format!("|---|{}", "---|".repeat(table.columns)));
        table
    }

    /// Adds a row.
    pub fn row(&mut self, name: &str, cells: &[String]) {
        self.lines.push(format!("| {name} | {} |", cells.join(" | ")));
    }

    /// Prints it after an empty line.
    pub fn print(&self) {
        println!("\n{}", self.lines.join("\n"));
    }
}
