//! Hostile files: each is refused for what is wrong with it, and none makes the parsers panic or allocate.

use crate::support::{P, Random, System, container, header, sample, wtns, wtns_header};
use dpgn_prover::circuit::{CircuitLimits, FileError, R1cs, R1csError, Sym, SymError, Witness, WtnsError};

/// wire 3 = wire 1 · wire 2, and wire 1 is a bit.
fn small() -> System {
    let constraints =
        vec![[vec![(1, 1)], vec![(2, 1)], vec![(3, 1)]], [vec![(1, 1)], vec![(0, P - 1), (1, 1)], vec![]]];
    System { wires: 4, outputs: 1, inputs: 1, constraints }
}

fn r1cs(bytes: &[u8]) -> Result<R1cs, R1csError> {
    R1cs::parse(bytes, &CircuitLimits::default())
}

fn witness(bytes: &[u8], wires: u32) -> Result<Witness, WtnsError> {
    Witness::parse(bytes, wires, &CircuitLimits::default())
}

fn with_sections(sections: &[(u32, Vec<u8>)]) -> R1csError {
    r1cs(&container(b"r1cs", 1, sections)).unwrap_err()
}

fn with_header(content: Vec<u8>) -> R1csError {
    with_sections(&[(1, content), (2, small().body())])
}

#[test]
fn sections_are_read_in_any_order_and_labels_skipped() {
    let system = small();
    let there = r1cs(&system.file()).unwrap();
    let labels = (3, vec![7; 32]);
    let back = container(b"r1cs", 1, &[(1, system.header()), labels, (2, system.body())]);
    assert_eq!(r1cs(&back).unwrap(), there);
    assert_eq!((there.wires(), there.len(), there.terms()), (4, 2, 6));
    assert_eq!(there.public_wires(), 1..3);
}

#[test]
fn every_truncation_is_refused() {
    for file in [small().file(), sample("range.r1cs")] {
        for len in 0..file.len() {
            assert!(r1cs(&file[..len]).is_err(), "cut at {len}");
        }
    }
    let file = wtns(&[1, 2, 3]);
    for len in 0..file.len() {
        assert!(witness(&file[..len], 3).is_err(), "cut at {len}");
    }
}

#[test]
fn every_flipped_bit_is_refused_or_read_as_another_system() {
    let file = small().file();
    let there = r1cs(&file).unwrap();
    for bit in 0..file.len() * 8 {
        let mut flipped = file.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = r1cs(&flipped) {
            assert_eq!(r1cs(&other.encode()).unwrap().encode(), other.encode(), "bit {bit}");
            // Only the number of labels says nothing about the system.
            let labels = file.len() - 12..file.len() - 4;
            assert!(other != there || labels.contains(&(bit / 8)), "bit {bit} changed nothing");
        }
    }
}

#[test]
fn random_bytes_behind_a_good_head_never_panic() {
    let mut random = Random(7);
    for _ in 0..20_000 {
        let mut file = small().file();
        for _ in 0..1 + random.below(8) {
            let at = random.below(file.len());
            let any = random.next() as u8;
            file[at] = random.one_of(&[0, 1, 0x7f, 0x80, 0xff, any]);
        }
        file.truncate(random.below(file.len() + 1).max(file.len() / 2));
        let _ = r1cs(&file);
        let _ = witness(&file, 4);
        let _ = Sym::parse(&file, &CircuitLimits::default());
    }
}

#[test]
fn another_magic_word_or_version_is_refused() {
    let sections = [(1, small().header()), (2, small().body())];
    let error = r1cs(&container(b"wtns", 1, &sections)).unwrap_err();
    assert_eq!(error, FileError::Magic { expected: "r1cs", got: *b"wtns" }.into());
    let error = r1cs(&container(b"r1cs", 2, &sections)).unwrap_err();
    assert_eq!(error, FileError::Version { format: "r1cs", got: 2, supported: 1 }.into());
}

#[test]
fn another_prime_is_named() {
    let known = [
        ("bn128", "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001"),
        ("bls12381", "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001"),
        ("field of 0x05", "05"),
    ];
    for (name, hex) in known {
        let prime: Vec<u8> =
            (0..hex.len()).step_by(2).rev().map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        let error = with_header(header(&prime, [4, 1, 1, 0], 2));
        assert!(matches!(&error, R1csError::File(FileError::Prime { .. })), "{error:?}");
        assert!(error.to_string().contains(name) && error.to_string().contains("goldilocks"), "{error}");
        let file = container(b"wtns", 2, &[(1, wtns_header(&prime, 1)), (2, vec![1; prime.len()])]);
        assert!(witness(&file, 1).unwrap_err().to_string().contains(name));
    }
    let long = with_header(header(&[1; 65], [4, 1, 1, 0], 2));
    assert!(matches!(long, R1csError::File(FileError::Prime { .. })), "{long:?}");
}

#[test]
fn huge_counts_are_refused_before_anything_is_allocated() {
    let prime = P.to_le_bytes();
    let too_many = |error| matches!(error, R1csError::TooMany { got: 0xffff_ffff, .. });
    assert!(too_many(with_header(header(&prime, [u32::MAX, 1, 1, 0], 2))));
    assert!(too_many(with_header(header(&prime, [4, 1, 1, 0], u32::MAX))));
    assert!(matches!(
        with_header(header(&prime, [4, u32::MAX, u32::MAX, 0], 2)),
        R1csError::TooMany { what: "public outputs and inputs", got: 0x1_ffff_fffe, .. }
    ));
    let truncated = |error| matches!(error, R1csError::File(FileError::Truncated { .. }));
    assert!(truncated(with_header(header(&prime, [4, 1, 1, 0], 1 << 20))));
    let mut body = small().body();
    body[..4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(truncated(with_sections(&[(1, small().header()), (2, body)])));
    let mut file = small().file();
    file[16..24].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(truncated(r1cs(&file).unwrap_err()));
    let mut file = small().file();
    file[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(truncated(r1cs(&file).unwrap_err()));
    let huge = container(b"wtns", 2, &[(1, wtns_header(&prime, 1 << 20)), (2, vec![])]);
    assert!(matches!(witness(&huge, 1 << 20), Err(WtnsError::File(FileError::Truncated { .. }))));
}

#[test]
fn limits_hold() {
    let file = small().file();
    let error = |limits: CircuitLimits| R1cs::parse(&file, &limits).unwrap_err();
    let limits = CircuitLimits::default();
    let terms = error(CircuitLimits { terms_max: 5, ..limits });
    assert_eq!(terms, R1csError::TooMany { what: "terms", got: 6, limit: 5 });
    let constraints = error(CircuitLimits { constraints_max: 1, ..limits });
    assert_eq!(constraints, R1csError::TooMany { what: "constraints", got: 2, limit: 1 });
    let wires = error(CircuitLimits { wires_max: 3, ..limits });
    assert_eq!(wires, R1csError::TooMany { what: "wires", got: 4, limit: 3 });
    let bytes = error(CircuitLimits { file_bytes_max: 10, ..limits });
    assert_eq!(bytes, FileError::TooLarge { got: file.len() as u64, limit: 10 }.into());
}

#[test]
fn custom_gates_are_refused() {
    for section in [4, 5] {
        let error = with_sections(&[(section, vec![0; 4]), (1, small().header()), (2, small().body())]);
        assert_eq!(error, R1csError::CustomGates { section, offset: 12 });
    }
}

#[test]
fn odd_sections_are_refused() {
    let (head, body) = ((1, small().header()), (2, small().body()));
    let error = with_sections(&[head.clone(), body.clone(), head.clone()]);
    assert!(matches!(error, R1csError::File(FileError::DuplicateSection { section: 1, .. })), "{error:?}");
    let error = with_sections(std::slice::from_ref(&head));
    assert!(matches!(error, R1csError::File(FileError::MissingSection { section: 2, .. })), "{error:?}");
    let error = with_sections(&[head.clone(), body.clone(), (6, vec![])]);
    assert!(matches!(error, R1csError::File(FileError::UnknownSection { section: 6, .. })), "{error:?}");
    for (section, content) in [&head, &body] {
        let longer = (*section, [content.as_slice(), &[0]].concat());
        let other = if *section == 1 { &body } else { &head };
        let error = with_sections(&[longer, other.clone()]);
        assert!(matches!(error, R1csError::File(FileError::LeftOver { bytes: 1, .. })), "{error:?}");
    }
    let trailing = [small().file().as_slice(), &[0; 3]].concat();
    let error = r1cs(&trailing).unwrap_err();
    assert!(matches!(error, R1csError::File(FileError::LeftOver { part: "the file", bytes: 3, .. })), "{error:?}");
}

#[test]
fn values_not_below_the_prime_are_refused() {
    let mut system = small();
    system.constraints[0][0][0].1 = P;
    let error = r1cs(&system.file()).unwrap_err();
    assert_eq!(error, FileError::NotCanonical { part: "the constraints", offset: 32 }.into());
    let error = witness(&wtns(&[1, 5, P, 2]), 4).unwrap_err();
    assert!(matches!(error, WtnsError::File(FileError::NotCanonical { part: "the values", .. })));
}

#[test]
fn wires_that_do_not_exist_are_refused() {
    let mut system = small();
    system.constraints[1][1][0].0 = 4;
    let error = r1cs(&system.file()).unwrap_err();
    assert!(matches!(error, R1csError::NoSuchWire { constraint: 1, wire: 4, wires: 4, .. }), "{error:?}");
    let error = with_header(header(&P.to_le_bytes(), [4, 2, 2, 0], 2));
    assert_eq!(error, R1csError::PublicWires { public: 4, wires: 4 });
    let error = with_header(header(&P.to_le_bytes(), [0, 0, 0, 0], 2));
    assert_eq!(error, R1csError::PublicWires { public: 0, wires: 0 });
}

#[test]
fn a_witness_for_another_circuit_is_refused() {
    assert_eq!(witness(&wtns(&[1, 2, 3]), 4).unwrap_err(), WtnsError::Wires { got: 3, expected: 4 });
    assert_eq!(witness(&wtns(&[2, 2, 3]), 3).unwrap_err(), WtnsError::NotOne);
    assert_eq!(witness(&wtns(&[]), 0).unwrap_err(), WtnsError::NotOne);
    let good = witness(&wtns(&[1, 77, 3]), 3).unwrap();
    assert_eq!(good.canonical(1), 77);
    assert!(!format!("{good:?}").contains("77"));
}

#[test]
fn names_are_read_and_bad_ones_refused() {
    let limits = CircuitLimits::default();
    let sym = Sym::parse(b"1,2,0,main.a\n2,-1,0,main.gone\r\n3,2,0,main.alias[0]\n\n4,1,0,main.b", &limits).unwrap();
    assert_eq!((sym.name(1), sym.name(2), sym.name(3)), (Some("main.b"), Some("main.a"), None));
    assert_eq!(sym.signals().count(), 4);
    for (text, line) in [
        ("1,2,0", 1),
        ("1,2,0,main\n1,x,0,main.a", 2),
        ("1,-2,0,main", 1),
        ("1,4294967295,0,main", 1),
        ("1,2,0,\x1b[31mred", 1),
        ("1,2,0,", 1),
    ] {
        let error = Sym::parse(text.as_bytes(), &limits).unwrap_err();
        assert!(matches!(error, SymError::Line { line: at, .. } if at == line), "{text}: {error:?}");
    }
}
