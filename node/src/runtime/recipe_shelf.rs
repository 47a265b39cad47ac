//! The shelf: recipes of others' tasks on this disk, under a limit in bytes.
//!
//! Whoever pays for small awards names the recipes that a prover fetches for them, and they stay for the next award of
//! the same circuit. So the shelf is a cache: the one unused for longest makes room. A recipe that a live award needs
//! is never removed; where those alone would go beyond the limit, the next award is given back. Recipes of own tasks
//! lie elsewhere, and none of this touches them.

use crate::{
    engine::JobError,
    store::{AwardRecipe, BlobError, Blobs, Stored},
};
use dpgn_protocol::ids::TaskId;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};
use tokio_util::sync::CancellationToken;

/// Bytes of the shelf unless the owner says otherwise: sixteen of the largest recipes.
pub(crate) const RECIPE_SHELF_BYTES: u64 = 4 << 30;
/// The least that a recipe counts for, in bytes: what bounds the bytes so bounds the number of files as well.
const RECIPE_COST_MIN: u64 = 256 << 10;

/// Why an award's recipe has no place on this disk.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShelfError {
    /// Live awards have all the room there is.
    #[error("recipes of live awards would take {needed} bytes; at most {limit} are allowed")]
    NoRoom {
        /// Bytes that all of them would take, this one included.
        needed: u64,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// The directory could not be read, or nothing could be removed from it.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The thread that looked died.
    #[error("the thread that makes room for recipes has died")]
    Died,
}

impl From<ShelfError> for JobError {
    fn from(error: ShelfError) -> Self {
        tracing::warn!(%error, "no place for a recipe");
        match error {
            ShelfError::NoRoom { .. } => Self::NoRoom,
            ShelfError::Blob(_) | ShelfError::Died => Self::Worker,
        }
    }
}

/// The shelf of a node, and who needs what is on it. Every call blocks.
pub(crate) struct RecipeShelf {
    blobs: Blobs,
    bytes_max: u64,
    /// Held while room is made, so that no recipe goes that an award has found a moment ago.
    claims: Mutex<BTreeMap<TaskId, Claim>>,
}

/// A live award's recipe. It lasts until the award's work is stopped.
struct Claim {
    recipe: AwardRecipe,
    bytes: u64,
    award: CancellationToken,
}

impl RecipeShelf {
    pub(crate) fn new(blobs: Blobs, bytes_max: u64) -> Self {
        Self { blobs, bytes_max, claims: Mutex::default() }
    }

    /// Keeps or makes room for the recipe of an award, until `award` is cancelled. Then it may be fetched.
    pub(crate) fn claim(
        &self,
        task: TaskId,
        recipe: AwardRecipe,
        bytes: u64,
        award: CancellationToken,
    ) -> Result<(), ShelfError> {
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        claims.retain(|_, claim| !claim.award.is_cancelled());
        let mut files = self.blobs.stored::<AwardRecipe>()?;
        // What the bids say of a recipe's size may be less than it has.
        let mut needed = BTreeMap::from([(recipe, cost(bytes))]);
        for claim in claims.values() {
            let most = needed.entry(claim.recipe).or_default();
            *most = cost(claim.bytes).max(*most);
        }
        files.retain(|file| match needed.get_mut(&file.id) {
            Some(most) => {
                *most = cost(file.bytes).max(*most);
                false
            }
            None => true,
        });
        let (needed, limit) = (needed.values().sum(), self.bytes_max);
        if needed > limit {
            return Err(ShelfError::NoRoom { needed, limit });
        }
        self.make_room(files, limit - needed)?;
        self.blobs.touch(&recipe);
        claims.insert(task, Claim { recipe, bytes, award });
        Ok(())
    }

    /// Removes those unused for longest until the rest takes no more than so many bytes.
    fn make_room(&self, mut files: Vec<Stored<AwardRecipe>>, bytes_max: u64) -> Result<(), ShelfError> {
        files.sort_unstable();
        let mut taken: u64 = files.iter().map(|file| cost(file.bytes)).sum();
        for file in files {
            if taken <= bytes_max {
                break;
            }
            self.blobs.remove(&file.id)?;
            taken -= cost(file.bytes);
        }
        Ok(())
    }
}

/// The bytes that a recipe of this length counts for on the shelf.
fn cost(bytes: u64) -> u64 {
    bytes.max(RECIPE_COST_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::{
        ids::{RecipeDigest, hash},
        limits::RECIPE_BYTES_MAX,
    };
    use std::fs::File;

    struct Scene {
        blobs: Blobs,
        shelf: RecipeShelf,
        _dir: tempfile::TempDir,
    }

    impl Scene {
        fn new(bytes_max: u64) -> Self {
            let dir = tempfile::tempdir().unwrap();
            let blobs = Blobs::open(dir.path()).unwrap();
            Self { shelf: RecipeShelf::new(blobs.clone(), bytes_max), blobs, _dir: dir }
        }

        /// An award of a recipe of its own, which is fetched if there is room: sparse, for it is the size that counts.
        fn award(&self, n: u64, bytes: u64) -> Result<CancellationToken, ShelfError> {
            let award = CancellationToken::new();
            let task = TaskId::from_bytes(hash("task", &[&n.to_le_bytes()]));
            self.shelf.claim(task, recipe(n), bytes, award.clone())?;
            File::create(self.blobs.path(&recipe(n))).unwrap().set_len(bytes).unwrap();
            Ok(award)
        }

        /// The recipe was last used so long ago: a file system may see no less than some milliseconds.
        fn used_before(&self, n: u64, seconds: u64) {
            let then = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds);
            File::open(self.blobs.path(&recipe(n))).unwrap().set_modified(then).unwrap();
        }

        fn kept(&self) -> (usize, u64) {
            let files = self.blobs.stored::<AwardRecipe>().unwrap();
            (files.len(), files.iter().map(|file| file.bytes).sum())
        }
    }

    fn recipe(n: u64) -> AwardRecipe {
        AwardRecipe(RecipeDigest::from_bytes(hash("recipe", &[&n.to_le_bytes()])))
    }

    /// Many small awards, each of another recipe of the largest size: all of them stayed for an hour at least.
    #[test]
    fn recipes_of_awards_that_have_ended_take_no_more_than_the_limit() {
        let scene = Scene::new(4 * RECIPE_BYTES_MAX);
        let live = scene.award(0, RECIPE_BYTES_MAX).unwrap();
        scene.used_before(0, 100);
        for n in 1..=200 {
            scene.award(n, RECIPE_BYTES_MAX).unwrap().cancel();
        }
        let (files, bytes) = scene.kept();
        println!("of 201 recipes of 256 MiB {files} are kept, {} MiB; 1,024 are allowed", bytes >> 20);
        assert!(bytes <= 4 * RECIPE_BYTES_MAX && files == 4, "{bytes}");
        assert!(scene.blobs.path(&recipe(0)).exists(), "a live award needs it");
        live.cancel();
        scene.award(201, RECIPE_BYTES_MAX).unwrap();
        assert!(!scene.blobs.path(&recipe(0)).exists(), "it was unused for longest");
    }

    /// Recipes of a few bytes each would take no room, but all entries of the file system.
    #[test]
    fn small_recipes_are_bounded_in_number() {
        let scene = Scene::new(64 * RECIPE_COST_MIN);
        (0..500).for_each(|n| scene.award(n, 1).unwrap().cancel());
        println!("of 500 recipes of 1 byte {} are kept", scene.kept().0);
        assert_eq!(scene.kept().0, 64);
    }

    #[test]
    fn an_award_that_finds_no_room_is_given_back_as_unable_and_takes_nothing_away() {
        let scene = Scene::new(2 * RECIPE_BYTES_MAX);
        scene.award(1, RECIPE_BYTES_MAX / 2).unwrap().cancel();
        scene.used_before(1, 100);
        let first = scene.award(2, RECIPE_BYTES_MAX).unwrap();
        let _second = scene.award(3, RECIPE_BYTES_MAX / 2).unwrap();
        let refused = JobError::from(scene.award(4, RECIPE_BYTES_MAX).unwrap_err());
        println!("no room: {refused}, {:?}", refused.at_recipe());
        assert_eq!(refused.at_recipe(), dpgn_protocol::ops::DeclineReason::Unable);
        let there = |n: u64| scene.blobs.path(&recipe(n)).exists();
        assert!((1..=3).all(there) && !there(4));
        first.cancel();
        scene.award(4, RECIPE_BYTES_MAX).unwrap();
        assert!(!there(1) && there(3) && there(4), "the live award's is kept");
    }

    #[test]
    fn what_is_used_again_stays_for_longer() {
        let scene = Scene::new(2 * RECIPE_BYTES_MAX);
        for n in [1, 2] {
            scene.award(n, RECIPE_BYTES_MAX).unwrap().cancel();
            scene.used_before(n, 100 - n);
        }
        let used = TaskId::from_bytes([9; 32]);
        scene.shelf.claim(used, recipe(1), RECIPE_BYTES_MAX, CancellationToken::new()).unwrap();
        scene.award(3, RECIPE_BYTES_MAX).unwrap();
        assert!(scene.blobs.path(&recipe(1)).exists() && !scene.blobs.path(&recipe(2)).exists());
    }

    /// A bid may say less of a recipe than it has, once it is here.
    #[test]
    fn a_recipe_counts_for_what_it_has() {
        let scene = Scene::new(RECIPE_BYTES_MAX);
        scene.award(1, RECIPE_BYTES_MAX).unwrap().cancel();
        let small = TaskId::from_bytes([9; 32]);
        scene.shelf.claim(small, recipe(1), 1, CancellationToken::new()).unwrap();
        assert!(matches!(scene.award(2, RECIPE_BYTES_MAX), Err(ShelfError::NoRoom { .. })));
    }
}
