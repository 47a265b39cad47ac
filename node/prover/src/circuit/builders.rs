//! The builders that this program has, as asks name them.

use super::recipe::OURS;
use dpgn_protocol::{
    bounded::{List, Text},
    limits::ASK_BUILDERS_MAX,
    ops::Builder,
};

/// The builders that this program has, as asks name them: ours first, then those that it has registered.
pub fn builders() -> List<Builder, ASK_BUILDERS_MAX> {
    #[cfg(feature = "plonky2")]
    let added = super::custom::registered();
    #[cfg(not(feature = "plonky2"))]
    let added = Vec::new();
    let names = OURS.into_iter().map(str::to_owned).chain(added);
    // No name is too long and there are not too many: registering has seen to it.
    List::new(names.filter_map(|name| Text::new(name).ok()).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ask_of_a_program_without_families_names_ours() {
        let names: Vec<String> = builders().iter().map(ToString::to_string).collect();
        assert_eq!(names, OURS);
    }
}
