//! Writes `.r1cs` and `.wtns` files, well formed or not, and judges witnesses independently of the crate. Benches have it too.

pub const P: u64 = 0xffff_ffff_0000_0001;

pub type Terms = Vec<(u32, u64)>;

/// A system as plain numbers.
#[derive(Clone, Debug, Default)]
pub struct System {
    pub wires: u32,
    pub outputs: u32,
    pub inputs: u32,
    pub constraints: Vec<[Terms; 3]>,
}

impl System {
    /// The content of the header section.
    pub fn header(&self) -> Vec<u8> {
        header(&P.to_le_bytes(), [self.wires, self.outputs, self.inputs, 0], self.constraints.len() as u32)
    }

    /// The content of the constraints section.
    pub fn body(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for terms in self.constraints.iter().flatten() {
            out.extend((terms.len() as u32).to_le_bytes());
            for (wire, coeff) in terms {
                out.extend(wire.to_le_bytes());
                out.extend(coeff.to_le_bytes());
            }
        }
        out
    }

    /// The file, constraints first as circom writes it.
    pub fn file(&self) -> Vec<u8> {
        container(b"r1cs", 1, &[(2, self.body()), (1, self.header())])
    }

    /// The first constraint these values fail, by 128-bit arithmetic.
    pub fn first_failure(&self, values: &[u64]) -> Option<usize> {
        let sum = |terms: &Terms| {
            terms.iter().fold(0u128, |sum, (wire, coeff)| {
                (sum + u128::from(*coeff) * u128::from(values[*wire as usize]) % u128::from(P)) % u128::from(P)
            })
        };
        self.constraints.iter().position(|[a, b, c]| sum(a) * sum(b) % u128::from(P) != sum(c))
    }
}

pub fn header(prime: &[u8], counts: [u32; 4], constraints: u32) -> Vec<u8> {
    let mut out = (prime.len() as u32).to_le_bytes().to_vec();
    out.extend(prime);
    counts.iter().for_each(|count| out.extend(count.to_le_bytes()));
    out.extend(0u64.to_le_bytes());
    out.extend(constraints.to_le_bytes());
    out
}

pub fn container(magic: &[u8; 4], version: u32, sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut out = magic.to_vec();
    out.extend(version.to_le_bytes());
    out.extend((sections.len() as u32).to_le_bytes());
    for (section, content) in sections {
        out.extend(section.to_le_bytes());
        out.extend((content.len() as u64).to_le_bytes());
        out.extend(content);
    }
    out
}

pub fn wtns_header(prime: &[u8], count: u32) -> Vec<u8> {
    [(prime.len() as u32).to_le_bytes().as_slice(), prime, &count.to_le_bytes()].concat()
}

pub fn wtns(values: &[u64]) -> Vec<u8> {
    let body = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    container(b"wtns", 2, &[(1, wtns_header(&P.to_le_bytes(), values.len() as u32)), (2, body)])
}
