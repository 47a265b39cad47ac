//! Jobs of any length: circuit and witness as circom would write them.

use super::mesh::Mesh;
use std::fs;

const P: u64 = 0xffff_ffff_0000_0001;
/// A file of circom's binary formats.
fn container(magic: &[u8; 4], version: u32, sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut out = [magic.as_slice(), &version.to_le_bytes(), &(sections.len() as u32).to_le_bytes()].concat();
    for (kind, content) in sections {
        out.extend([kind.to_le_bytes().as_slice(), &(content.len() as u64).to_le_bytes(), content].concat());
    }
    out
}

/// A circuit, its witness, and the private values in it.
pub struct Job {
    pub r1cs: Vec<u8>,
    pub wtns: Vec<u8>,
    pub values: Vec<u64>,
}

impl Job {
    /// `x1 = x0² + c0, x2 = x1² + c1, …` from a random `x0`, the last one public: the circuit, its witness, and the private
    /// values. The constants keep the values from running into a cycle.
    pub fn squarings(count: u32) -> Self {
        // Wire 0 is one, wire 1 the last value, wires 2 and up the private ones.
        let (wires, wire) = (count + 2, |i: u32| if i == count { 1 } else { i + 2 });
        let random = || uuid::Uuid::new_v4().as_u64_pair().0 % P;
        let mut values: Vec<u64> = vec![random()];
        let mut constraints = Vec::new();
        for i in 0..count {
            let last = u128::from(values[i as usize]);
            let constant = random();
            values.push(((last * last + u128::from(constant)) % u128::from(P)) as u64);
            let sides = [vec![(wire(i), 1)], vec![(wire(i), 1)], vec![(0, P - constant), (wire(i + 1), 1)]];
            for side in sides {
                constraints.extend((side.len() as u32).to_le_bytes());
                side.iter().for_each(|(w, factor): &(u32, u64)| {
                    constraints.extend([w.to_le_bytes().as_slice(), &factor.to_le_bytes()].concat());
                });
            }
        }
        let public = values.pop().unwrap();
        let prime = [8u32.to_le_bytes().as_slice(), &P.to_le_bytes()].concat();
        let counts: Vec<u8> = [wires, 1, 0, 1].iter().flat_map(|n| n.to_le_bytes()).collect();
        let header =
            [prime.clone(), counts, u64::from(wires).to_le_bytes().to_vec(), count.to_le_bytes().to_vec()].concat();
        let map = (0..u64::from(wires)).flat_map(u64::to_le_bytes).collect();
        let r1cs = container(b"r1cs", 1, &[(1, header), (2, constraints), (3, map)]);
        let all: Vec<u8> = [1, public].iter().chain(&values).flat_map(|value| value.to_le_bytes()).collect();
        let wtns = container(b"wtns", 2, &[(1, [prime, wires.to_le_bytes().to_vec()].concat()), (2, all)]);
        Self { r1cs, wtns, values }
    }

    /// Puts circuit and witness into files of a mesh; returns their paths.
    pub fn write(&self, mesh: &Mesh) -> [String; 2] {
        [("job.r1cs", &self.r1cs), ("job.wtns", &self.wtns)].map(|(name, bytes)| {
            fs::write(mesh.dir(name), bytes).unwrap();
            mesh.dir(name).to_str().unwrap().to_owned()
        })
    }
}
