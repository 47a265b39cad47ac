//! A tree map as bytes: its entries in their order, as any other ordered map is written.

use super::{Key, TreeMap};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap as _};
use std::{fmt, marker::PhantomData};

impl<K: Key + Serialize, V: Clone + Serialize> Serialize for TreeMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entries = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self.iter() {
            entries.serialize_entry(key, value)?;
        }
        entries.end()
    }
}

impl<'de, K: Key + Deserialize<'de>, V: Clone + Deserialize<'de>> Deserialize<'de> for TreeMap<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<K, V>(PhantomData<(K, V)>);

        impl<'de, K: Key + Deserialize<'de>, V: Clone + Deserialize<'de>> de::Visitor<'de> for Entries<K, V> {
            type Value = TreeMap<K, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the entries of a map, by key")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
                let mut map = TreeMap::default();
                let mut last = None;
                while let Some((key, value)) = entries.next_entry()? {
                    if last.is_some_and(|last| last >= key) {
                        return Err(de::Error::custom("entries are not in the order of their keys"));
                    }
                    last = Some(key);
                    map.insert(key, value);
                }
                Ok(map)
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}
