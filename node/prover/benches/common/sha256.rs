//! SHA-256 as a rank-1 constraint system over Goldilocks, with a witness: laid as circomlib's templates lay it.
//!
//! Every bit is a wire. Parity, choice and majority take a product or two for each bit; a sum modulo 2^32 is one linear constraint
//! over boolean bits, the carried ones among them. What is known before there is a message, padding and constants, takes no wire.

use super::iden3::{P, System, Terms};
use std::{array, iter};

/// A published test vector.
pub struct Vector {
    /// The bytes that the message repeats.
    text: &'static [u8],
    /// How often it repeats it.
    times: usize,
    /// The digest of the message, in hexadecimal.
    pub digest: &'static str,
}

/// Messages of one, three and eleven blocks: tests 1, 10 and 4 of RFC 6234.
pub const VECTORS: [Vector; 3] = [
    Vector { text: b"abc", times: 1, digest: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    Vector {
        text: b"\
            \x83\x26\x75\x4e\x22\x77\x37\x2f\x4f\xc1\x2b\x20\x52\x7a\xfe\xf0\x4d\x8a\x05\x69\x71\xb1\x1a\xd5\
            \x71\x23\xa7\xc1\x37\x76\x00\x00\xd7\xbe\xf6\xf3\xc1\xf7\xa9\x08\x3a\xa3\x9d\x81\x0d\xb3\x10\x77\
            \x7d\xab\x8b\x1e\x7f\x02\xb8\x4a\x26\xc7\x73\x32\x5f\x8b\x23\x74\xde\x7a\x4b\x5a\x58\xcb\x5c\x5c\
            \xf3\x5b\xce\xe6\xfb\x94\x6e\x5b\xd6\x94\xfa\x59\x3a\x8b\xeb\x3f\x9d\x65\x92\xec\xed\xaa\x66\xca\
            \x82\xa2\x9d\x0c\x51\xbc\xf9\x33\x62\x30\xe5\xd7\x84\xe4\xc0\xa4\x3f\x8d\x79\xa3\x0a\x16\x5c\xba\
            \xbe\x45\x2b\x77\x4b\x9c\x71\x09\xa9\x7d\x13\x8f\x12\x92\x28\x96\x6f\x6c\x0a\xdc\x10\x6a\xad\x5a\
            \x9f\xdd\x30\x82\x57\x69\xb2\xc6\x71\xaf\x67\x59\xdf\x28\xeb\x39\x3d\x54\xd6",
        times: 1,
        digest: "97dbca7df46d62c8a422c941dd7e835b8ad3361763f7e9b2d95f4f0da6e1ccbc",
    },
    Vector {
        text: b"0123456701234567012345670123456701234567012345670123456701234567",
        times: 10,
        digest: "594847328451bdfa85056225462cc1d867d877fb388df0ce35f25ab5562bfbb5",
    },
];

/// Bits of a digest: as many public outputs.
const DIGEST: usize = 256;

const START: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

#[rustfmt::skip]
const ROUNDS: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

/// A bit: known to everybody, or on a wire.
#[derive(Clone, Copy)]
enum Bit {
    Known(bool),
    Wire(u32),
}

/// The bits of a number, the lowest first.
type Word = [Bit; 32];

fn known(number: u32) -> Word {
    array::from_fn(|at| Bit::Known(number >> at & 1 == 1))
}

fn rotated(word: &Word, by: usize) -> Word {
    array::from_fn(|at| word[(at + by) % 32])
}

fn shifted(word: &Word, by: usize) -> Word {
    array::from_fn(|at| word.get(at + by).copied().unwrap_or(Bit::Known(false)))
}

/// A sum of bits, each times a factor.
fn sum(parts: &[(Bit, u64)]) -> Terms {
    let term = |&(bit, factor)| match bit {
        Bit::Known(false) => None,
        Bit::Known(true) => Some((0, factor)),
        Bit::Wire(wire) => Some((wire, factor)),
    };
    parts.iter().filter_map(term).collect()
}

const ONE: Bit = Bit::Known(true);
const MINUS_ONE: u64 = P - 1;
const MINUS_TWO: u64 = P - 2;

/// The system as far as it is laid, and the value of every wire of it.
struct Layout {
    system: System,
    values: Vec<u64>,
}

impl Layout {
    fn wire(&mut self, bit: bool) -> Bit {
        self.values.push(bit.into());
        Bit::Wire(self.values.len() as u32 - 1)
    }

    fn constrain(&mut self, a: Terms, b: Terms, c: Terms) {
        let says_nothing = [&a, &b, &c].into_iter().flatten().all(|&(wire, _)| wire == 0);
        if !says_nothing {
            self.system.constraints.push([a, b, c]);
        }
    }

    fn value(&self, bit: Bit) -> bool {
        match bit {
            Bit::Known(value) => value,
            Bit::Wire(wire) => self.values[wire as usize] == 1,
        }
    }

    fn number(&self, word: &Word) -> u64 {
        word.iter().rev().fold(0, |number, &bit| number << 1 | u64::from(self.value(bit)))
    }

    /// A wire that is 0 or 1, whatever else holds.
    fn boolean(&mut self, value: bool) -> Bit {
        let bit = self.wire(value);
        self.constrain(sum(&[(bit, 1)]), sum(&[(bit, 1), (ONE, MINUS_ONE)]), Vec::new());
        bit
    }

    fn and(&mut self, x: Bit, y: Bit) -> Bit {
        match (x, y) {
            (Bit::Known(false), _) | (_, Bit::Known(false)) => Bit::Known(false),
            (Bit::Known(true), other) | (other, Bit::Known(true)) => other,
            (Bit::Wire(_), Bit::Wire(_)) => {
                let both = self.wire(self.value(x) && self.value(y));
                self.constrain(sum(&[(x, 1)]), sum(&[(y, 1)]), sum(&[(both, 1)]));
                both
            }
        }
    }

    /// A bit of this value; on a wire unless all that it comes from is known.
    fn result(&mut self, of: [Bit; 3], value: bool) -> Bit {
        if of.iter().all(|bit| matches!(bit, Bit::Known(_))) { Bit::Known(value) } else { self.wire(value) }
    }

    fn parity(&mut self, [a, b, c]: [Bit; 3]) -> Bit {
        let both = self.and(b, c);
        let odd = self.result([a, b, c], self.value(a) ^ self.value(b) ^ self.value(c));
        let flips = sum(&[(ONE, 1), (b, MINUS_TWO), (c, MINUS_TWO), (both, 4)]);
        self.constrain(sum(&[(a, 1)]), flips, sum(&[(odd, 1), (b, MINUS_ONE), (c, MINUS_ONE), (both, 2)]));
        odd
    }

    /// The second bit where the first is set, else the third.
    fn choice(&mut self, [e, f, g]: [Bit; 3]) -> Bit {
        let chosen = self.result([e, f, g], self.value(if self.value(e) { f } else { g }));
        self.constrain(sum(&[(e, 1)]), sum(&[(f, 1), (g, MINUS_ONE)]), sum(&[(chosen, 1), (g, MINUS_ONE)]));
        chosen
    }

    fn majority(&mut self, [a, b, c]: [Bit; 3]) -> Bit {
        let both = self.and(b, c);
        let count = [a, b, c].into_iter().filter(|&bit| self.value(bit)).count();
        let most = self.result([a, b, c], count > 1);
        let either = sum(&[(b, 1), (c, 1), (both, MINUS_TWO)]);
        self.constrain(sum(&[(a, 1)]), either, sum(&[(most, 1), (both, MINUS_ONE)]));
        most
    }

    fn each(&mut self, [x, y, z]: [Word; 3], of: impl Fn(&mut Self, [Bit; 3]) -> Bit) -> Word {
        array::from_fn(|at| of(self, [x[at], y[at], z[at]]))
    }

    /// The sum of words and a constant, modulo 2^32.
    fn add(&mut self, words: &[Word], constant: u32) -> Word {
        let total = words.iter().map(|word| self.number(word)).sum::<u64>() + u64::from(constant);
        let most = words.len() as u64 * u64::from(u32::MAX) + u64::from(constant);
        let bits: Vec<Bit> = (0..=most.ilog2()).map(|at| self.boolean(total >> at & 1 == 1)).collect();
        let given = words.iter().flat_map(|word| word.iter().enumerate().map(|(at, &bit)| (bit, 1 << at)));
        let result = bits.iter().enumerate().map(|(at, &bit)| (bit, P - (1 << at)));
        let parts: Vec<(Bit, u64)> = given.chain(result).chain([(ONE, constant.into())]).collect();
        self.constrain(Vec::new(), Vec::new(), sum(&parts));
        array::from_fn(|at| bits[at])
    }

    fn schedule(&mut self, block: [Word; 16]) -> Vec<Word> {
        let mut words = block.to_vec();
        for at in 16..ROUNDS.len() {
            let (early, late) = (words[at - 15], words[at - 2]);
            let early = self.each([rotated(&early, 7), rotated(&early, 18), shifted(&early, 3)], Self::parity);
            let late = self.each([rotated(&late, 17), rotated(&late, 19), shifted(&late, 10)], Self::parity);
            words.push(self.add(&[late, words[at - 7], early, words[at - 16]], 0));
        }
        words
    }

    fn compress(&mut self, state: [Word; 8], block: [Word; 16]) -> [Word; 8] {
        let words = self.schedule(block);
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        for (word, constant) in words.into_iter().zip(ROUNDS) {
            let mixed = self.each([rotated(&e, 6), rotated(&e, 11), rotated(&e, 25)], Self::parity);
            let chosen = self.each([e, f, g], Self::choice);
            let first = self.add(&[h, mixed, chosen, word], constant);
            let mixed = self.each([rotated(&a, 2), rotated(&a, 13), rotated(&a, 22)], Self::parity);
            let most = self.each([a, b, c], Self::majority);
            let second = self.add(&[mixed, most], 0);
            (h, g, f) = (g, f, e);
            e = self.add(&[d, first], 0);
            (d, c, b) = (c, b, a);
            a = self.add(&[first, second], 0);
        }
        let ends = [a, b, c, d, e, f, g, h];
        array::from_fn(|at| self.add(&[state[at], ends[at]], 0))
    }
}

/// A number of four bytes, of which the first is the highest.
fn word(bytes: &[[Bit; 8]]) -> Word {
    array::from_fn(|at| bytes[3 - at / 8][at % 8])
}

/// The system that says "I know a message of this length with this digest", and the witness for this message. Outputs are the digest's
/// bits, in the order in which people write it.
pub fn sha256(vector: &Vector) -> (System, Vec<u64>) {
    let message = vector.text.repeat(vector.times);
    let values = iter::once(1).chain(iter::repeat_n(0, DIGEST)).collect();
    let mut layout = Layout { system: System { outputs: DIGEST as u32, ..System::default() }, values };
    let mut bytes: Vec<[Bit; 8]> = Vec::new();
    for byte in &message {
        bytes.push(array::from_fn(|at| layout.boolean(byte >> at & 1 == 1)));
    }
    let zeros = (55 + 64 - message.len() % 64) % 64;
    let padding = iter::once(0x80).chain(iter::repeat_n(0, zeros)).chain((message.len() as u64 * 8).to_be_bytes());
    bytes.extend(padding.map(|byte: u8| array::from_fn(|at| Bit::Known(byte >> at & 1 == 1))));
    let mut state = START.map(known);
    for block in bytes.chunks_exact(64) {
        state = layout.compress(state, array::from_fn(|at| word(&block[4 * at..][..4])));
    }
    for (at, bit) in state.iter().flat_map(|word| word.iter().rev()).enumerate() {
        let output = at as u32 + 1;
        layout.values[at + 1] = layout.value(*bit).into();
        layout.constrain(Vec::new(), Vec::new(), sum(&[(Bit::Wire(output), 1), (*bit, MINUS_ONE)]));
    }
    layout.system.wires = layout.values.len() as u32;
    (layout.system, layout.values)
}

/// The digest that the public outputs of a witness say, in hexadecimal.
pub fn digest(values: &[u64]) -> String {
    let nibble = |bits: &[u64]| bits.iter().fold(0, |nibble, bit| nibble << 1 | bit);
    values[1..=DIGEST].chunks_exact(4).map(|bits| format!("{:x}", nibble(bits))).collect()
}
