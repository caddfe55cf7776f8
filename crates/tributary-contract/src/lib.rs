//! Codat's requests, responses and errors as types. No I/O.
