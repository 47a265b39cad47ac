//! Pages of long lists: some items, and an opaque cursor that says where the next page begins.

use crate::problem::{Code, Problem};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};

/// The most items of a page.
pub(crate) const LIMIT_MAX: u16 = 50;
/// The items of a page, unless the query says how many.
const LIMIT: u16 = 20;
/// Characters of a cursor.
const CURSOR_MAX: usize = 512;

/// Which page of a list is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The most items of the page, 1 to 50; 20 unless it is given.
    #[param(minimum = 1, maximum = 50, value_type = Option<u16>)]
    pub(crate) limit: Option<u64>,
    /// The `next_cursor` of the page before, as it was; absent for the first page.
    #[param(max_length = 512)]
    pub(crate) cursor: Option<String>,
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items, in an order that stays.
    pub(crate) items: Vec<T>,
    /// The cursor of the next page; null on the last one.
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

impl PageQuery {
    /// How many items the page may have.
    pub(crate) fn limit(&self) -> Result<u16, Problem> {
        let Some(limit) = self.limit else { return Ok(LIMIT) };
        let taken = u16::try_from(limit).ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
        let told = || Problem::new(Code::Malformed, format!("limit is {limit}: it must be 1 to {LIMIT_MAX}"));
        taken.ok_or_else(told)
    }

    /// Where the page begins; `None` for the first one.
    pub(crate) fn place<C: DeserializeOwned>(&self) -> Result<Option<C>, Problem> {
        let Some(text) = &self.cursor else { return Ok(None) };
        let bytes = if text.len() > CURSOR_MAX { None } else { URL_SAFE_NO_PAD.decode(text).ok() };
        let place = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        place.map(Some).ok_or_else(|| Problem::new(Code::BadCursor, "the cursor is none that this list has handed out"))
    }
}

impl<T> Page<T> {
    /// A page that continues behind this place.
    pub(crate) fn new<C: Serialize>(items: Vec<T>, next: Option<C>) -> Self {
        let encode = |place: C| serde_json::to_vec(&place).ok().map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        Self { items, next_cursor: next.and_then(encode) }
    }

    /// The page of a list that is all here, in ascending order of its keys: what lies behind the last key seen.
    pub(crate) fn of<C: Serialize + DeserializeOwned + Ord + Clone>(
        query: &PageQuery,
        all: impl Iterator<Item = (C, T)>,
    ) -> Result<Self, Problem> {
        let (limit, after) = (usize::from(query.limit()?), query.place::<C>()?);
        let mut rest = all.filter(|(key, _)| after.as_ref().is_none_or(|after| key > after));
        let page: Vec<(C, T)> = rest.by_ref().take(limit).collect();
        let last = page.last().map(|(key, _)| key.clone());
        let next = last.filter(|_| rest.next().is_some());
        Ok(Self::new(page.into_iter().map(|(_, item)| item).collect(), next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(limit: u64, cursor: Option<String>) -> PageQuery {
        PageQuery { limit: Some(limit), cursor }
    }

    #[test]
    fn pages_show_everything_once_although_the_list_grows() {
        let mut all: Vec<u32> = (0..100).map(|n| n * 2).collect();
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = Page::of(&query(7, cursor), all.iter().map(|n| (*n, *n))).unwrap();
            seen.extend(page.items);
            // Something new comes before what was shown, and must move nothing.
            all.insert(0, 0);
            all[0] = 1;
            all.sort_unstable();
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, (0..100).map(|n| n * 2).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let empty = std::iter::empty::<(u32, u32)>;
        for bad in ["", "x", "%", &"A".repeat(600), &URL_SAFE_NO_PAD.encode("{\"a\":1}")] {
            let refused = Page::of(&query(5, Some(bad.to_owned())), empty()).unwrap_err();
            assert_eq!(refused.code(), Code::BadCursor, "{bad}");
        }
        for bad in [0, 51, 100_000] {
            let told = Problem::new(Code::Malformed, format!("limit is {bad}: it must be 1 to 50"));
            assert_eq!(Page::of(&query(bad, None), empty()).unwrap_err(), told);
        }
        assert!(Page::of(&query(5, None), empty()).unwrap().next_cursor.is_none());
    }
}
