//! The families that this program has, by their names. Filled before workers start, and closed from then on.

use super::{
    draft::{Draft, draft},
    family::{CustomCircuit, full_name},
    name::is_builder,
};
use crate::circuit::recipe::OURS;
use dpgn_protocol::limits::ASK_BUILDERS_MAX;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Families that a program may add: an ask names no more builders.
const FAMILIES_MAX: usize = ASK_BUILDERS_MAX - OURS.len();

/// Why a family is not taken up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// The name has another form than names of applications have.
    #[error("`{name}` is no name of a builder: it is `owner/name`, of lowercase letters, digits, `.`, `-` and `_`")]
    Name {
        /// The name with its version.
        name: String,
    },
    /// There is a family of this name and version.
    #[error("`{name}` is registered already")]
    Taken {
        /// The name with its version.
        name: String,
    },
    /// There are as many families as an ask can name.
    #[error("{max} builders are registered, and an ask names no more")]
    Full {
        /// The most families of a program.
        max: usize,
    },
    /// Workers may run already, and would not have it.
    #[error("`{name}` comes too late: register it before `worker_main` is called")]
    Late {
        /// The name with its version.
        name: String,
    },
}

struct Registry {
    families: BTreeMap<String, Draft>,
    is_closed: bool,
}

static REGISTRY: Mutex<Registry> = Mutex::new(Registry { families: BTreeMap::new(), is_closed: false });

fn registry() -> MutexGuard<'static, Registry> {
    // It is consistent between any two statements that change it.
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes up a family of circuits, so that this program's workers build and prove them and its asks name them. To be called
/// before [`worker_main`](crate::worker_main), in every process of the program.
pub fn register<T: CustomCircuit>() -> Result<(), RegisterError> {
    registry().add(full_name::<T>(), draft::<T>)
}

impl Registry {
    fn add(&mut self, name: String, draft: Draft) -> Result<(), RegisterError> {
        if !is_builder(&name) {
            return Err(RegisterError::Name { name });
        }
        if self.is_closed {
            return Err(RegisterError::Late { name });
        }
        if self.families.contains_key(&name) {
            return Err(RegisterError::Taken { name });
        }
        if self.families.len() >= FAMILIES_MAX {
            return Err(RegisterError::Full { max: FAMILIES_MAX });
        }
        self.families.insert(name, draft);
        Ok(())
    }
}

/// Takes no more families up: workers start from now on.
pub(crate) fn close() {
    registry().is_closed = true;
}

/// The family of this name and version, if this program has it.
pub(super) fn find(name: &str) -> Option<Draft> {
    registry().families.get(name).copied()
}

/// The names of the families that this program has.
pub(crate) fn names() -> Vec<String> {
    registry().families.keys().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::custom::error::CustomError;

    fn nothing(
        _: &str,
        _: &[u8],
        _: &mut plonky2::plonk::circuit_builder::CircuitBuilder<crate::level::F, { crate::level::D }>,
    ) -> Result<super::super::draft::Fill, CustomError> {
        Err(CustomError::NotRegistered { builder: String::new() })
    }

    #[test]
    fn a_name_is_good_once_and_there_are_as_many_as_an_ask_names() {
        let mut registry = Registry { families: BTreeMap::new(), is_closed: false };
        let mut add = |name: &str| registry.add(name.to_owned(), nothing);
        assert_eq!(add("a/b@1"), Ok(()));
        assert_eq!(add("a/b@1"), Err(RegisterError::Taken { name: "a/b@1".into() }));
        assert_eq!(add("a/b@2"), Ok(()), "another version is another builder");
        for ours in OURS {
            assert_eq!(add(ours), Err(RegisterError::Name { name: ours.into() }));
        }
        (3..=FAMILIES_MAX).for_each(|version| add(&format!("a/b@{version}")).unwrap());
        assert_eq!(add("a/c@1"), Err(RegisterError::Full { max: FAMILIES_MAX }));
        registry.is_closed = true;
        assert_eq!(registry.add("a/d@1".into(), nothing), Err(RegisterError::Late { name: "a/d@1".into() }));
    }
}
