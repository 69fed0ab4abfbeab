//! A Model Context Protocol server library.
