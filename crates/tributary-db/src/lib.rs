//! Connection, pool, schema, one module of queries per table, and the use cases that several services offer.
