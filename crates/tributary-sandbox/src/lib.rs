//! A simulated Stripe for the demo, the tests and the benchmarks.
