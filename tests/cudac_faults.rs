//! Kernels that fault, do not end or do odd arithmetic on the CPU device, through the public interface: each gives the
//! right error, in time, with kernel, line, block and thread where that is promised, and the device is healthy afterwards.

#![cfg(feature = "cpu")]

#[path = "cudac_faults/checked.rs"]
mod checked;
#[path = "cudac_faults/checked_edges.rs"]
mod checked_edges;
#[path = "cudac_faults/endless.rs"]
mod endless;
#[path = "cudac_faults/launches.rs"]
mod launches;
#[path = "cudac_faults/support.rs"]
mod support;
#[path = "cudac_faults/values.rs"]
mod values;
