//! The network among real swarms on loopback: what honest nodes get done, and what liars can't stop.

mod blobs;
mod liar;
mod liars;
mod mesh;
mod node;
mod requests;
