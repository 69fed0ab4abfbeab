//! A simulated OpenPhone API.
