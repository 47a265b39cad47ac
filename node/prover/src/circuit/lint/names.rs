//! Findings from signal names: circomlib's templates, known by the names of their own signals and parts or
//! by what an instance is called. A `.sym` file does not say which template a component is of.

use super::{super::sym::Sym, Lint, Severity};

/// Templates of one kind and how to know them.
struct Known {
    code: &'static str,
    /// Parts of a path, without their indices, that are names inside such templates.
    inside: &'static [&'static str],
    /// The names that such an instance often has, in lower case: looked for anywhere in a part of a path.
    called: &'static [&'static str],
    message: &'static str,
    hint: &'static str,
}

const HASH_HINT: &str = "use SHA-256, or a hash made for Goldilocks with a digest of four elements: one element has 64 \
                         bits, and collisions of it cost 2^32";
const CURVE_HINT: &str = "there is no such curve over Goldilocks; verify signatures outside the circuit";
const BITS_HINT: &str = "use Num2Bits(n) with n up to 63, and compare limbs where the whole field is meant";

const KNOWN: [Known; 6] = [
    Known {
        code: "alias-check",
        inside: &["aliasCheck"],
        called: &["aliascheck", "num2bits_strict", "bits2num_strict"],
        message: "Num2Bits_strict and AliasCheck assume a prime of 254 bits: here they check nothing",
        hint: BITS_HINT,
    },
    Known {
        code: "comp-constant",
        inside: &["compConstant", "sout"],
        called: &["compconstant"],
        message: "CompConstant compares 254 bits with a constant of another field",
        hint: BITS_HINT,
    },
    Known {
        code: "poseidon",
        inside: &["pEx", "sigmaF", "sigmaP", "mixS", "mixLast"],
        called: &["poseidon"],
        message: "circomlib's Poseidon has the constants of BN254 and x^5, which is no permutation over Goldilocks",
        hint: HASH_HINT,
    },
    Known {
        code: "mimc",
        inside: &["x_in", "xL_in"],
        called: &["mimc"],
        message: "circomlib's MiMC has the constants of BN254, and its digest is one element",
        hint: HASH_HINT,
    },
    Known {
        code: "pedersen",
        inside: &["out8"],
        called: &["pedersen"],
        message: "Pedersen hashes are over the curve Baby Jubjub, which does not exist over Goldilocks",
        hint: HASH_HINT,
    },
    Known {
        code: "babyjub",
        inside: &["xout", "e2m", "m2e", "mulAny", "mulFix", "R8x"],
        called: &["babyjub", "babyadd", "babycheck", "eddsa", "escalarmul"],
        message: "Baby Jubjub and EdDSA are curves and signatures of another field: over Goldilocks they are meaningless",
        hint: CURVE_HINT,
    },
];

/// One finding for each kind, at the first signal that shows it.
pub(super) fn lint(sym: &Sym) -> Vec<Lint> {
    let mut first: [Option<&str>; KNOWN.len()] = [None; KNOWN.len()];
    for (path, _) in sym.signals() {
        // The first part is the main component, the last one a signal of the innermost.
        for part in path.split('.').skip(1) {
            let part = part.split('[').next().unwrap_or(part);
            let lower = part.to_ascii_lowercase();
            for (known, first) in KNOWN.iter().zip(&mut first) {
                let hit = || known.inside.contains(&part) || known.called.iter().any(|name| lower.contains(name));
                if first.is_none() && hit() {
                    *first = Some(path);
                }
            }
        }
    }
    let found = KNOWN.iter().zip(first).filter_map(|(known, path)| Some((known, path?)));
    found
        .map(|(known, path)| Lint {
            severity: Severity::Warning,
            code: known.code,
            message: format!("{} (by the name of a signal)", known.message),
            hint: known.hint,
            constraint: None,
            signal: Some(path.to_owned()),
        })
        .collect()
}
