//! Two processors: one for a program that is measured, one for the program that measures it.

/// A processor that this program may use.
#[derive(Clone, Copy, Debug)]
pub struct Processor(system::Number);

/// Two processors of different cores if possible. `None` if this program may use only one processor, or
/// if the system does not let a program choose.
pub fn two() -> Option<[Processor; 2]> {
    system::two().map(|numbers| numbers.map(Processor))
}

impl Processor {
    /// Does something on this processor, and returns to the processors that this thread had. A process
    /// that is started meanwhile stays on this processor.
    pub fn run<T>(self, work: impl FnOnce() -> T) -> T {
        let before = system::enter(self.0);
        let done = work();
        system::restore(before);
        done
    }
}

/// Does something on the processor if there is one.
pub fn on<T>(processor: Option<Processor>, work: impl FnOnce() -> T) -> T {
    match processor {
        Some(processor) => processor.run(work),
        None => work(),
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs;

    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    pub(super) type Number = usize;

    pub(super) fn two() -> Option<[Number; 2]> {
        let allowed = sched_getaffinity(None).ok()?;
        let mut numbers = (0..CpuSet::MAX_CPU).filter(|number| allowed.is_set(*number));
        let first = numbers.next()?;
        let others: Vec<_> = numbers.collect();
        let apart = others.iter().copied().find(|other| core(*other) != core(first));
        let second = apart.or_else(|| others.first().copied())?;
        // What a sandbox forbids must fail here.
        let chosen = [first, second];
        chosen.iter().all(|number| sched_setaffinity(None, &only(*number)).is_ok()).then_some(())?;
        sched_setaffinity(None, &allowed).ok()?;
        Some(chosen)
    }

    /// The processors of the same core, as a text.
    fn core(number: Number) -> Option<String> {
        let topology = format!("/sys/devices/system/cpu/cpu{number}/topology/thread_siblings_list");
        fs::read_to_string(topology).ok()
    }

    fn only(number: Number) -> CpuSet {
        let mut set = CpuSet::new();
        set.set(number);
        set
    }

    pub(super) fn enter(number: Number) -> CpuSet {
        let before = sched_getaffinity(None).expect("it could be read before");
        sched_setaffinity(None, &only(number)).expect("the processor could be chosen before");
        before
    }

    pub(super) fn restore(before: CpuSet) {
        sched_setaffinity(None, &before).expect("the processors that this thread had");
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    /// There is none.
    #[derive(Clone, Copy, Debug)]
    pub(super) enum Number {}

    pub(super) fn two() -> Option<[Number; 2]> {
        None
    }

    pub(super) fn enter(number: Number) {
        match number {}
    }

    pub(super) fn restore((): ()) {}
}
