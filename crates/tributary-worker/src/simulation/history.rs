//! What happens, in which order: made from a seed, and shortened where it fails.

use tributary_core::Resource;

/// One thing that happens. Numbers pick among what is there at the time; where nothing is, nothing happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Time passes.
    Pass { ms: u32 },
    /// At Stripe an object is created, …
    Create { resource: Resource, our_version: bool },
    /// … changed, …
    Update { resource: Resource, pick: usize, our_version: bool },
    /// … or deleted.
    Delete { pick: usize, our_version: bool },
    /// An event on its way arrives; with `again` it stays on its way.
    Deliver { pick: usize, again: bool },
    /// An event on its way is lost.
    Lose { pick: usize },
    /// A run begins.
    Begin,
    /// The next page of a window is asked for.
    Ask { pick: usize },
    /// A page arrives, as the list was a little earlier.
    Answer { pick: usize, lag_ms: u32 },
    /// Pages that arrived are stored.
    Store { pick: usize, pages: usize },
    /// An open window is split.
    Split { pick: usize },
    /// A list that was read to its end is swept.
    Sweep { pick: usize },
    /// The run ends, if all its lists are settled.
    End,
    /// The event lane takes up an event that has arrived.
    Apply { pick: usize },
    /// The event lane asks Stripe for events.
    Poll,
    /// An object whose order is unclear is asked for.
    AskAgain { pick: usize },
    /// It arrives and is stored.
    AnswerAgain { pick: usize },
    /// The worker is killed and another takes over; it may be only frozen, and wake later.
    Kill { frozen: bool },
    /// A frozen worker wakes and stores what it has.
    Wake { pages: usize },
}

/// One history.
#[derive(Clone, Debug)]
pub(super) struct History {
    pub(super) seed: u64,
    /// How far the worker's clock is ahead of Stripe's.
    pub(super) skew_ms: i64,
    /// Whether the account is in live mode.
    pub(super) live: bool,
    pub(super) steps: Vec<Step>,
}

/// Random numbers from a seed.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn pick(&mut self) -> usize {
        usize::try_from(self.below(1 << 20)).unwrap_or(0)
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    fn resource(&mut self) -> Resource {
        if self.one_in(3) { Resource::Charges } else { Resource::Customers }
    }

    /// Mostly within a second, sometimes minutes, now and then most of an hour.
    fn ms(&mut self) -> u32 {
        let ms = match self.below(20) {
            0..=8 => self.below(300),
            9..=16 => self.below(1_500),
            17..=18 => self.below(8_000),
            _ => self.below(3_000_000),
        };
        u32::try_from(ms).unwrap_or(0)
    }
}

impl History {
    pub(super) fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let skew_ms = match dice.below(4) {
            0 => 0,
            1 => i64::try_from(dice.below(4_000)).unwrap_or(0) - 2_000,
            _ => i64::try_from(dice.below(7_200_000)).unwrap_or(0) - 3_600_000,
        };
        let live = dice.one_in(2);
        let mut steps = Vec::new();
        for _ in 0..4 + dice.below(12) {
            steps.push(Step::Create { resource: dice.resource(), our_version: true });
            if dice.one_in(2) {
                steps.push(Step::Pass { ms: dice.ms() });
            }
        }
        steps.push(Step::Begin);
        let len = 40 + dice.below(160);
        steps.extend((0..len).map(|_| step(&mut dice)));
        History { seed, skew_ms, live, steps }
    }

    /// The shortest history that the tries find which still fails: ever smaller parts are left out.
    pub(super) fn shortened(mut self, fails: impl Fn(&History) -> bool) -> Self {
        let mut part = self.steps.len() / 2;
        while part > 0 {
            let mut from = 0;
            while from < self.steps.len() {
                let mut shorter = self.clone();
                shorter.steps.drain(from..(from + part).min(self.steps.len()));
                if fails(&shorter) {
                    self = shorter;
                } else {
                    from += part;
                }
            }
            part /= 2;
        }
        self
    }
}

fn step(dice: &mut Dice) -> Step {
    // Most events tell in our version.
    let our_version = !dice.one_in(5);
    match dice.below(100) {
        0..=17 => Step::Pass { ms: dice.ms() },
        18..=20 => Step::Create { resource: dice.resource(), our_version },
        21..=30 => Step::Update { resource: dice.resource(), pick: dice.pick(), our_version },
        31..=33 => Step::Delete { pick: dice.pick(), our_version },
        34..=41 => Step::Deliver { pick: dice.pick(), again: dice.one_in(4) },
        42..=43 => Step::Lose { pick: dice.pick() },
        44..=46 => Step::Begin,
        47..=55 => Step::Ask { pick: dice.pick() },
        56..=64 => Step::Answer { pick: dice.pick(), lag_ms: u32::try_from(dice.below(400)).unwrap_or(0) },
        65..=69 => Step::Store { pick: dice.pick(), pages: 1 + dice.pick() % 3 },
        70..=71 => Step::Split { pick: dice.pick() },
        72..=75 => Step::Sweep { pick: dice.pick() },
        76..=78 => Step::End,
        79..=86 => Step::Apply { pick: dice.pick() },
        87 => Step::Poll,
        88..=91 => Step::AskAgain { pick: dice.pick() },
        92..=95 => Step::AnswerAgain { pick: dice.pick() },
        96..=97 => Step::Kill { frozen: dice.one_in(2) },
        _ => Step::Wake { pages: 1 + dice.pick() % 3 },
    }
}
