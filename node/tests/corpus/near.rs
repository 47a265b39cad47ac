//! Seeds of the files that people hand in: small good ones, and ones that are good but for one fault.
//!
//! A name begins with `good-` or `bad-`, which a test holds the decoders to.

use crate::samples;
use std::{fs, path::Path};

/// The target of a seed, its name, and its bytes.
type Seed = (&'static str, String, Vec<u8>);

/// The Goldilocks prime, over which circuits are.
const P: u64 = dpgn_protocol::statement::FIELD_ORDER;
const HEADER: u32 = 1;
const CONSTRAINTS: u32 = 2;
const LABELS: u32 = 3;
/// Bytes of a sample's symbols that make a seed.
const SYM_BYTES: usize = 2_048;

pub fn all() -> Vec<Seed> {
    let text = |(name, text): (&str, String)| (name.to_owned(), text.into_bytes());
    let named = |(name, bytes): (&str, Vec<u8>)| (name.to_owned(), bytes);
    let of = |target| move |(name, bytes)| (target, name, bytes);
    let r1cs = good_r1cs().into_iter().chain(bad_r1cs()).map(named).map(of("r1cs"));
    let sym = syms().into_iter().map(named).map(of("sym"));
    let genesis = geneses().into_iter().map(text).map(of("genesis"));
    let config = configs().into_iter().map(text).map(of("config"));
    let not_text = ["genesis", "config"].map(|target| (target, "bad-no-utf-8".to_owned(), b"name = \"\xff\"\n".into()));
    r1cs.chain(sym).chain(genesis).chain(config).chain(not_text).collect()
}

/// The head of an `.r1cs` file, and its sections.
fn file(magic: &[u8; 4], version: u32, sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut out = [magic.as_slice(), &version.to_le_bytes(), &(sections.len() as u32).to_le_bytes()].concat();
    for (section, content) in sections {
        out.extend(section.to_le_bytes());
        out.extend((content.len() as u64).to_le_bytes());
        out.extend(content);
    }
    out
}

/// A header over a prime given by its bytes: wires, outputs, public inputs, private inputs, constraints.
fn header_over(prime: &[u8], [wires, outputs, inputs, private, constraints]: [u32; 5]) -> Vec<u8> {
    let mut out = (prime.len() as u32).to_le_bytes().to_vec();
    out.extend(prime);
    [wires, outputs, inputs, private].iter().for_each(|count| out.extend(count.to_le_bytes()));
    out.extend(u64::from(wires).to_le_bytes());
    out.extend(constraints.to_le_bytes());
    out
}

fn header(counts: [u32; 5]) -> Vec<u8> {
    header_over(&P.to_le_bytes(), counts)
}

/// A sum of coefficients times wires.
fn sum(terms: &[(u32, u64)]) -> Vec<u8> {
    let mut out = (terms.len() as u32).to_le_bytes().to_vec();
    for (wire, coefficient) in terms {
        out.extend(wire.to_le_bytes());
        out.extend(coefficient.to_le_bytes());
    }
    out
}

/// One constraint, `a · b = c`.
fn constraint(a: &[(u32, u64)], b: &[(u32, u64)], c: &[(u32, u64)]) -> Vec<u8> {
    [sum(a), sum(b), sum(c)].concat()
}

/// Wire 1 is the product of wires 2 and 3.
fn product() -> Vec<u8> {
    constraint(&[(2, 1)], &[(3, 1)], &[(1, 1)])
}

/// A file of one constraint over four wires: an output, a public input, a private one.
fn of_one(constraint: Vec<u8>) -> Vec<u8> {
    file(b"r1cs", 1, &[(HEADER, header([4, 1, 1, 1, 1])), (CONSTRAINTS, constraint)])
}

fn good_r1cs() -> Vec<(&'static str, Vec<u8>)> {
    let head = header([4, 1, 1, 1, 1]);
    let labels: Vec<u8> = (0_u64..4).flat_map(u64::to_le_bytes).collect();
    let many: Vec<u8> = (0..32).flat_map(|n| constraint(&[(2, n + 1)], &[(3, 1), (0, n)], &[(1, n + 1)])).collect();
    let boolean = constraint(&[(2, 1)], &[(2, 1), (0, P - 1)], &[]);
    vec![
        ("good-product", of_one(product())),
        ("good-with-labels", {
            file(b"r1cs", 1, &[(HEADER, head.clone()), (CONSTRAINTS, product()), (LABELS, labels)])
        }),
        ("good-constraints-before-header", file(b"r1cs", 1, &[(CONSTRAINTS, product()), (HEADER, head)])),
        ("good-no-constraint", file(b"r1cs", 1, &[(HEADER, header([2, 1, 0, 0, 0])), (CONSTRAINTS, vec![])])),
        ("good-only-the-constant-wire", file(b"r1cs", 1, &[(HEADER, header([1, 0, 0, 0, 0])), (CONSTRAINTS, vec![])])),
        ("good-32-constraints", { file(b"r1cs", 1, &[(HEADER, header([4, 1, 1, 1, 32])), (CONSTRAINTS, many)]) }),
        ("good-boolean", of_one(boolean)),
        ("good-linear", of_one(constraint(&[(2, 3), (3, P - 5)], &[(0, 1)], &[(1, 7)]))),
        ("good-terms-out-of-order", of_one(constraint(&[(3, 1), (1, 2), (2, 3)], &[(0, 1)], &[(1, 1)]))),
        ("good-one-wire-in-many-terms", of_one(constraint(&[(2, 1), (2, 1), (2, P - 2)], &[(3, 1)], &[]))),
        ("good-coefficient-zero", of_one(constraint(&[(2, 0)], &[(3, 1)], &[(1, 1)]))),
        ("good-largest-coefficient", of_one(constraint(&[(2, P - 1)], &[(3, P - 1)], &[(1, P - 1)]))),
        ("good-nothing-is-nothing", of_one(constraint(&[], &[], &[]))),
        ("good-contradiction", of_one(constraint(&[(0, 1)], &[(0, 1)], &[(0, 2)]))),
    ]
}

fn bad_r1cs() -> Vec<(&'static str, Vec<u8>)> {
    let (head, good) = (header([4, 1, 1, 1, 1]), of_one(product()));
    let sections = |sections: &[(u32, Vec<u8>)]| file(b"r1cs", 1, sections);
    let with_head = |head: Vec<u8>| sections(&[(HEADER, head), (CONSTRAINTS, product())]);
    let bn128 = hex::decode("010000f093f5e1439170b97948e833285d588181b64550b829a031e1724e6430").unwrap();
    let (mut long, mut terms) = (good.clone(), product());
    // The length of the first section, after magic, version, count and type.
    long[16..24].copy_from_slice(&u64::MAX.to_le_bytes());
    terms[..4].copy_from_slice(&u32::MAX.to_le_bytes());
    vec![
        ("bad-empty", vec![]),
        ("bad-magic-word-alone", b"r1cs".to_vec()),
        ("bad-magic-word-of-wtns", file(b"wtns", 1, &[(HEADER, head.clone()), (CONSTRAINTS, product())])),
        ("bad-version-2", file(b"r1cs", 2, &[(HEADER, head.clone()), (CONSTRAINTS, product())])),
        ("bad-cut-in-the-header", good[..40].to_vec()),
        ("bad-cut-in-the-last-term", good[..good.len() - 1].to_vec()),
        ("bad-a-byte-too-many", [good.as_slice(), &[0]].concat()),
        ("bad-a-byte-too-many-in-a-section", of_one([product(), vec![0]].concat())),
        ("bad-no-header", sections(&[(CONSTRAINTS, product())])),
        ("bad-no-constraints", sections(&[(HEADER, head.clone())])),
        ("bad-header-twice", sections(&[(HEADER, head.clone()), (HEADER, head.clone()), (CONSTRAINTS, product())])),
        ("bad-unknown-section", sections(&[(HEADER, head.clone()), (CONSTRAINTS, product()), (9, vec![])])),
        ("bad-custom-gates", sections(&[(HEADER, head), (CONSTRAINTS, product()), (4, vec![0; 4])])),
        ("bad-endless-section", long),
        ("bad-over-bn128", with_head(header_over(&bn128, [4, 1, 1, 1, 1]))),
        ("bad-prime-of-65-bytes", with_head(header_over(&[1; 65], [4, 1, 1, 1, 1]))),
        ("bad-coefficient-is-the-prime", of_one(constraint(&[(2, P)], &[(3, 1)], &[(1, 1)]))),
        ("bad-wire-beyond-the-last", of_one(constraint(&[(4, 1)], &[(3, 1)], &[(1, 1)]))),
        ("bad-constraint-missing", with_head(header([4, 1, 1, 1, 2]))),
        ("bad-4-billion-constraints", with_head(header([4, 1, 1, 1, u32::MAX]))),
        ("bad-4-billion-terms", of_one(terms)),
        ("bad-4-billion-wires", with_head(header([u32::MAX, 1, 1, 1, 1]))),
        ("bad-more-public-than-wires", with_head(header([4, 2, 2, 0, 1]))),
    ]
}

fn syms() -> Vec<(&'static str, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("prover/samples/adult.sym");
    let adult = fs::read(path).unwrap();
    let end = adult[..SYM_BYTES].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    let text = |(name, text): (&'static str, &str)| (name, text.as_bytes().to_vec());
    let mut syms = vec![("good-adult-beginning", adult[..end].to_vec()), ("bad-no-ascii", b"1,1,0,main.\xe4\n".into())];
    syms.extend(
        [
            ("good-empty", ""),
            ("good-two-signals", "1,1,0,main.out\n2,2,0,main.in\n"),
            ("good-no-last-newline", "1,1,0,main.out"),
            ("good-lines-of-windows", "1,1,0,main.out\r\n2,2,0,main.in\r\n"),
            ("good-empty-lines", "\n\n1,1,0,main.out\n\n"),
            ("good-optimised-away", "1,1,0,main.out\n2,-1,0,main.gone\n"),
            ("good-two-names-of-a-wire", "1,1,0,main.out\n2,1,3,main.part.out\n"),
            ("good-wires-out-of-order", "3,3,0,main.b[1]\n1,1,0,main.out\n2,2,0,main.b[0]\n"),
            ("good-comma-in-the-path", "1,1,0,main.a,b\n"),
            ("good-last-wire", "1,4294967294,0,main.out\n"),
            ("bad-three-fields", "1,1,main.out\n"),
            ("bad-path-missing", "1,1,0,\n"),
            ("bad-wire-missing", "1,,0,main.out\n"),
            ("bad-wire-below-minus-one", "1,-2,0,main.out\n"),
            ("bad-wire-too-large", "1,4294967295,0,main.out\n"),
            ("bad-wire-no-number", "1,0x1,0,main.out\n"),
            ("bad-space-in-the-path", "1,1,0,main. out\n"),
            ("bad-escape-in-the-path", "1,1,0,main.\u{1b}[2J\n"),
            ("bad-second-line", "1,1,0,main.out\n2,2\n"),
        ]
        .map(text),
    );
    syms
}

/// The sample's genesis with all rules left to their defaults.
fn short_genesis() -> String {
    let whole = toml::to_string(&samples::genesis()).unwrap();
    let (head, _) = whole.split_once("[params]").unwrap();
    format!("{head}[params]\n")
}

fn geneses() -> Vec<(&'static str, String)> {
    let good = short_genesis();
    let account = "ca93ac1705187071d67b83c7ff0efe8108e8ec4530575d7726879333dbdabe7c";
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    let rule = |line: &str| format!("{good}{line}\n");
    let member = format!("[[committee]]\naccount = \"{account}\"\npower = 1\n\n");
    let grant = |account: &str| format!("[[accounts]]\naccount = \"{account}\"\ncredits = 9223372036854775807\n\n");
    let grants: String = (1..=3).map(|n| grant(&format!("{n:02}").repeat(32))).collect();
    let granted = format!("[[accounts]]\naccount = \"{account}\"\ncredits = 100\n");
    let inline = format!(
        "name = 'inline'\ntime = 0\ncommittee = [{{ power = 1, account = \"{account}\" }}]\naccounts = []\nparams = {{}}\n"
    );
    vec![
        ("good-rules-by-default", good.clone()),
        ("good-inline", inline),
        ("good-comments-and-lines-of-windows", format!("# A network.\n{good}").replace('\n', "\r\n")),
        ("good-nobody-has-credits", with(&granted, "").replacen("name", "accounts = []\nname", 1)),
        ("good-one-rule", rule("op_fee = 7")),
        ("bad-empty", String::new()),
        ("bad-no-toml", with("name = ", "name ")),
        ("bad-cut", good[..good.len() / 2].to_owned()),
        ("bad-no-rules", with("[params]", "")),
        ("bad-unknown-key", with("time = ", "tiem = ")),
        ("bad-unknown-rule", rule("op_fees = 7")),
        ("bad-name-too-long", with("sample", &"x".repeat(65))),
        ("bad-time-with-a-fraction", with("time = 1700000000000", "time = 1.5")),
        ("bad-id-too-short", with(account, &account[..62])),
        ("bad-power-zero", with("power = 1", "power = 0")),
        ("bad-member-twice", with("[[accounts]]", &format!("{member}[[accounts]]"))),
        ("bad-account-twice", with("[params]", &format!("{}[params]", grant(account)))),
        ("bad-more-credits-than-there-can-be", with("[params]", &format!("{grants}[params]"))),
        ("bad-negative-fee", rule("op_fee = -1")),
        ("bad-weights-above-one", rule("price_weight = 700001")),
        ("bad-degree-too-large", rule("degree_max = 25")),
        ("bad-rule-twice", rule("op_fee = 7\nop_fee = 7")),
    ]
}

fn configs() -> Vec<(&'static str, String)> {
    let offer = |level: u8| format!("[[prover.offers]]\nlevel = {level}\nper_kilorow = 10\nrows_per_second = 0\n");
    let addresses = "\"/ip4/127.0.0.1/tcp/9700\", ".repeat(65);
    let configs = [
        ("good-empty", ""),
        ("good-requester", "roles = [\"requester\"]\n"),
        ("good-addresses", {
            "[network]\nlisten = [\"/ip6/::1/tcp/0\", \"/ip6/::/udp/9700/quic-v1\"]\n\
             bootstrap = [\"/dns4/node.example/tcp/9700\", \"/dnsaddr/node.example\"]\n"
        }),
        ("good-json-lines", "[log]\nformat = \"json\"\nfilter = \"\"\n"),
        ("good-nothing-sold-by-a-requester", "roles = [\"requester\"]\n[prover]\noffers = []\n"),
        ("good-lines-of-windows", "roles = [\"prover\"]\r\n[network]\r\nmdns = true\r\n"),
        ("bad-no-toml", "roles = requester\n"),
        ("bad-cut", "[network]\nlisten = [\"/ip4/127.0."),
        ("bad-nearly-a-key", "[network]\nlissten = []\n"),
        ("bad-nearly-a-section", "[networks]\n"),
        ("bad-section-is-a-number", "network = 1\n"),
        ("bad-key-twice", "[prover]\ncapacity = 1\ncapacity = 1\n"),
        ("bad-role", "roles = [\"miner\"]\n"),
        ("bad-no-role", "roles = []\n"),
        ("bad-address-of-another-transport", "[network]\nlisten = [\"/ip4/127.0.0.1/tcp/9700/ws\"]\n"),
        ("bad-port", "[network]\nlisten = [\"/ip4/127.0.0.1/tcp/65536\"]\n"),
        ("bad-no-proofs-at-once", "[prover]\nmax_concurrent_proofs = 0\n"),
        ("bad-negative", "[prover]\nflat = -1\n"),
        ("bad-too-little-memory", "[prover]\nmemory_mib_max = 1023\n"),
        ("bad-degree", "[prover]\ndegree_max = 25\n"),
        ("bad-no-offers", "[prover]\noffers = []\n"),
        ("bad-log-format", "[log]\nformat = \"xml\"\n"),
    ];
    let made = [
        ("good-one-offer", offer(3)),
        ("bad-level-twice", offer(3).repeat(2)),
        ("bad-level-6", offer(6)),
        ("bad-too-many-addresses", format!("[network]\nlisten = [{addresses}]\n")),
    ];
    configs.map(|(name, text)| (name, text.to_owned())).into_iter().chain(made).collect()
}
