//! Names of builders that applications add: `owner/name@version`. The slash keeps them apart from ours, now and later.

use dpgn_protocol::limits::BUILDER_BYTES_MAX;

/// The most bytes of a family's name: with `@` and any version it fits into an ask.
pub const NAME_BYTES_MAX: usize = BUILDER_BYTES_MAX - 11;

/// Whether this is the name of a builder that an application may add.
pub(crate) fn is_builder(text: &str) -> bool {
    let Some((name, version)) = text.split_once('@') else { return false };
    let is_version = version.parse::<u32>().is_ok_and(|number| number.to_string() == version);
    is_version && is_name(name)
}

/// Parts of lowercase letters, digits, `.`, `-` and `_`, none of them empty, and two at least with a slash between.
fn is_name(name: &str) -> bool {
    let is_part = |part: &str| {
        let is_known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ['.', '-', '_'].contains(&c);
        !part.is_empty() && part.chars().all(is_known)
    };
    name.len() <= NAME_BYTES_MAX && name.contains('/') && name.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_an_owner_and_one_form() {
        for good in ["example.org/power@1", "a/b/c-d_e@4294967295", "0/0@0"] {
            assert!(is_builder(good), "{good}");
        }
        let long = format!("a/{}@1", "b".repeat(NAME_BYTES_MAX));
        let bad =
            ["", "power@1", "r1cs@2", "a/b", "a/b@", "a/b@01", "a/b@+1", "a/b@4294967296", "a/b@1@2", "/b@1", "a/@1"];
        for bad in bad.into_iter().chain(["a//b@1", "A/b@1", "a/b c@1", "a/\u{e9}@1", "a/b\n@1", &long]) {
            assert!(!is_builder(bad), "{bad:?}");
        }
        assert!(is_builder(&format!("a/{}@{}", "b".repeat(NAME_BYTES_MAX - 2), u32::MAX)));
        assert_eq!(format!("a/{}@{}", "b".repeat(NAME_BYTES_MAX - 2), u32::MAX).len(), BUILDER_BYTES_MAX);
    }
}
