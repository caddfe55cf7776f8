//! The end-to-end suite lives in `it/`.
