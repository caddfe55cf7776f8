//! Medians and spreads.

/// Figures of several rounds.
#[derive(Default)]
pub struct Series(Vec<f64>);

impl Series {
    /// Adds a round's figure.
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
        self.0.sort_by(f64::total_cmp);
    }

    /// The middle figure; 0 without any.
    pub fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or(0.0)
    }

    /// `median (least–most)` with this many decimals.
    pub fn show(&self, decimals: usize) -> String {
        let (least, most) = (self.0.first().copied().unwrap_or(0.0), self.0.last().copied().unwrap_or(0.0));
        format!("{:.decimals$} ({least:.decimals$}–{most:.decimals$})", self.median())
    }
}
