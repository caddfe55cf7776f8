//! Sync runs: windows, leases, normalization, sweep.
