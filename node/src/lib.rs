//! DPGN.
