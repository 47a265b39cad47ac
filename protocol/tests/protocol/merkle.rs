//! The tree over a block's ops: every leaf has its path, and nothing else has.

use dpgn_protocol::{
    ids::OpId,
    limits::BLOCK_OPS_MAX,
    merkle::{Path, leaf, path, root},
};
use proptest::prelude::*;

fn leaves(count: usize) -> Vec<[u8; 32]> {
    (0..count).map(|n| leaf(OpId::from_bytes([0; 32]), &n.to_le_bytes())).collect()
}

#[test]
fn every_leaf_of_every_small_tree_has_its_path() {
    for count in 0..=70 {
        let leaves = leaves(count);
        let root = root(&leaves);
        for (index, &leaf) in leaves.iter().enumerate() {
            assert_eq!(path(&leaves, index).unwrap().root(leaf), Some(root), "{index} of {count}");
        }
        assert_eq!(path(&leaves, count), None);
    }
}

#[test]
fn the_largest_block_has_paths() {
    let leaves = leaves(BLOCK_OPS_MAX);
    let path = path(&leaves, BLOCK_OPS_MAX - 1).unwrap();
    assert_eq!(path.root(leaves[BLOCK_OPS_MAX - 1]), Some(root(&leaves)));
}

#[test]
fn trees_of_different_size_have_different_roots() {
    // An odd node rises unchanged, so sizes must be told apart by more than the top.
    let mut roots: Vec<_> = (0..200).map(|count| root(&leaves(count))).collect();
    roots.push(root(&[[0; 32]]));
    roots.sort();
    roots.dedup();
    assert_eq!(roots.len(), 201);
}

proptest! {
    #[test]
    fn a_path_proves_one_leaf_in_one_place(count in 1usize..200, index in any::<prop::sample::Index>(),
                                           other in any::<prop::sample::Index>(), wider in 0u32..200) {
        let leaves = leaves(count);
        let (index, other) = (index.index(count), other.index(count));
        let (root, honest) = (root(&leaves), path(&leaves, index).unwrap());
        prop_assert_eq!(honest.root(leaves[index]), Some(root));
        if other != index {
            prop_assert_ne!(honest.root(leaves[other]), Some(root), "another leaf");
            let moved = Path { index: other as u32, ..honest.clone() };
            prop_assert_ne!(moved.root(leaves[index]), Some(root), "another place");
        }
        if wider as usize != count {
            let resized = Path { count: wider, ..honest.clone() };
            prop_assert_ne!(resized.root(leaves[index]), Some(root), "another size");
        }
        let outside = Path { index: count as u32, ..honest };
        prop_assert_eq!(outside.root(leaves[index]), None);
    }
}
