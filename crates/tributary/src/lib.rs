//! The binary: command line, settings, telemetry, start-up, shutdown.
