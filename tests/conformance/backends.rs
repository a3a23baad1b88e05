//! The only place of the suite that names backends, with what each cannot do and what it does not do yet.

use vmgpu::manager::ManagerOptions;
use vmgpu::types::DeviceType;

pub struct Backend {
    pub name: &'static str,
    pub device_type: DeviceType,
    /// (area, test or "" for the whole area, reason): never will.
    pub unsupported: &'static [(&'static str, &'static str, &'static str)],
    /// The same for: not yet. A test listed here that passes fails the run.
    pub expected_to_fail: &'static [(&'static str, &'static str, &'static str)],
}

pub enum Expectation {
    Pass,
    Unsupported(&'static str),
    ExpectedToFail(&'static str),
}

pub const ALL: &[Backend] = &[
    Backend {
        name: "cuda",
        device_type: DeviceType::Cuda,
        unsupported: &[(
            "faults",
            "endless_kernel_is_stopped",
            "a GPU kernel cannot be stopped from outside",
        )],
        expected_to_fail: &[],
    },
    Backend {
        name: "cpu",
        device_type: DeviceType::Cpu,
        unsupported: &[
            ("faults", "illegal_address_is_survived", "the CPU device trusts a kernel's addresses"),
            ("faults", "endless_kernel_occupies_the_device", "the CPU device stops a kernel at its limit"),
            (
                "faults",
                "slow_kernel_makes_the_device_busy_for_a_while",
                "the CPU device stops a kernel at its limit",
            ),
        ],
        expected_to_fail: &[],
    },
];

impl Backend {
    pub fn expectation(&self, area: &str, name: &str) -> Expectation {
        let find = |list: &'static [(&str, &str, &'static str)]| {
            list.iter().find(|(a, n, _)| *a == area && (n.is_empty() || *n == name)).map(|(_, _, why)| *why)
        };
        match (find(self.unsupported), find(self.expected_to_fail)) {
            (Some(reason), _) => Expectation::Unsupported(reason),
            (None, Some(reason)) => Expectation::ExpectedToFail(reason),
            (None, None) => Expectation::Pass,
        }
    }

    /// Options of a manager in which this backend's device is the one an executor uses.
    pub fn manager_options(&self) -> ManagerOptions {
        ManagerOptions {
            cuda: self.device_type == DeviceType::Cuda,
            rocm: false,
            ..ManagerOptions::default()
        }
    }
}
