//! Deployment: how a server runs for years.
