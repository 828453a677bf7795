//! What functions do, in memory.

mod acks;
mod export;
mod fetch;
mod ingest;
mod publish;
mod reconcile;
mod webhook;
