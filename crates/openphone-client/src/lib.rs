//! A client of the OpenPhone API.
