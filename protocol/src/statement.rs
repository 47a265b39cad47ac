//! What a proof says, as everybody can check it without any cryptography of proofs.
//!
//! A proof's first four public inputs are its tag: they name the task and the award it was made for, so a
//! proof is nobody else's and no other task's. The rest are the statement, which a bid fixes by digest.
//! A tag never depends on the prover's goodwill: plonky2 binds public inputs even where no gate uses them.

use crate::ids::{AccountId, PublicInputsDigest, TaskId, hash};

/// Public inputs that the tag takes, before all others.
pub const TAG_LEN: usize = 4;

/// The order of the Goldilocks field, in which all values live: 2^64 − 2^32 + 1.
pub const FIELD_ORDER: u64 = 0xffff_ffff_0000_0001;

/// The tag of a proof made for `task` by `award`: four numbers of 56 bits, hence canonical field elements.
pub fn tag(task: TaskId, award: AccountId) -> [u64; TAG_LEN] {
    let digest = hash("dpgn tag v1", &[task.as_bytes(), award.as_bytes()]);
    std::array::from_fn(|i| {
        digest.iter().skip(7 * i).take(7).rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
    })
}

/// The digest of a statement's values, all of them fixed. `values` come without the tag.
pub fn public_inputs_digest(values: &[u64]) -> PublicInputsDigest {
    public_inputs_digest_except(values, &[])
}

/// The digest of a statement's values but those at the `free` positions, which the prover is to find.
/// Positions count from the first value after the tag; those beyond the end free nothing.
pub fn public_inputs_digest_except(values: &[u64], free: &[u32]) -> PublicInputsDigest {
    let fixed = (0u32..).zip(values).filter(|(position, _)| !free.contains(position));
    let bytes: Vec<u8> = fixed.flat_map(|(_, value)| value.to_le_bytes()).collect();
    PublicInputsDigest::from_bytes(hash("dpgn public inputs v1", &[&bytes]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_the_first_28_bytes_of_its_digest() {
        let (task, award) = (TaskId::from_bytes([1; 32]), AccountId::from_bytes([2; 32]));
        let digest = hash("dpgn tag v1", &[&[1; 32], &[2; 32]]);
        let tag = tag(task, award);
        for (i, element) in tag.iter().enumerate() {
            assert!(*element < 1 << 56);
            assert_eq!(element.to_le_bytes()[..7], digest[7 * i..7 * i + 7]);
        }
    }

    #[test]
    fn tags_differ_by_task_and_by_award() {
        let of = |task, award| tag(TaskId::from_bytes([task; 32]), AccountId::from_bytes([award; 32]));
        assert_ne!(of(1, 2), of(3, 2));
        assert_ne!(of(1, 2), of(1, 3));
        assert_ne!(of(1, 2), of(2, 1));
    }

    #[test]
    fn free_positions_do_not_matter_and_all_others_do() {
        let fixed = public_inputs_digest_except(&[1, 2, 3], &[1]);
        assert_eq!(fixed, public_inputs_digest_except(&[1, 9, 3], &[1]));
        assert_ne!(fixed, public_inputs_digest_except(&[1, 2, 4], &[1]));
        assert_eq!(public_inputs_digest(&[7]), public_inputs_digest_except(&[7], &[5]));
    }

    #[test]
    fn bytes_are_frozen() {
        let digest = public_inputs_digest(&[1, FIELD_ORDER - 1]);
        assert_eq!(digest.to_string(), "ec2f54c77d1c73775319c49e37b98b9c5bee7fdfa7400dd0e1ffb67ace92b575");
        let tag = tag(TaskId::from_bytes([0; 32]), AccountId::from_bytes([0; 32]));
        assert_eq!(tag, [18030272730161759, 71242038485836484, 6002260726526721, 39796066547964536]);
    }
}
