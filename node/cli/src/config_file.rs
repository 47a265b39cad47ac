//! A configuration file that the program changes: values alone; comments, order and everything else stay.

use crate::{files, user_error::UserError};
use dpgn_node::config::NodeConfig;
use dpgn_protocol::units::{Credits, Level};
use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::Path,
};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, TableLike, Value};

/// The most bytes of a configuration file.
const BYTES_MAX: u64 = 1 << 20;

/// The text of a configuration file, with its places.
pub(crate) struct ConfigFile(DocumentMut);

impl ConfigFile {
    /// The default configuration with every key explained.
    pub fn example() -> Result<Self, UserError> {
        Self::parse(NodeConfig::example(), Path::new("the default configuration"))
    }

    /// Reads the file, or takes the default configuration if there is none.
    pub fn read_or_example(path: &Path) -> Result<Self, UserError> {
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Self::example(),
            Ok(_) | Err(_) => {
                let bytes = files::read(path, BYTES_MAX)?;
                let text =
                    String::from_utf8(bytes).map_err(|_| UserError::input(format!("{} is no text", path.display())))?;
                Self::parse(&text, path)
            }
        }
    }

    fn parse(text: &str, path: &Path) -> Result<Self, UserError> {
        let document = text.parse::<DocumentMut>();
        document.map(Self).map_err(|error| UserError::input(format!("{}: {error}", path.display())))
    }

    /// Sets a list of texts, such as `network.listen`, at the top or in a section.
    pub fn set_list(&mut self, section: Option<&str>, key: &str, values: &[String]) -> Result<(), UserError> {
        let list: Array = values.iter().map(String::as_str).collect();
        let table: &mut dyn TableLike = match section {
            None => self.0.as_table_mut(),
            Some(section) => self.section(section)?,
        };
        put(table, key, Value::Array(list));
        Ok(())
    }

    /// Sets a number in a section, such as `prover.queue_len`.
    pub fn set_number(&mut self, section: &str, key: &str, number: u64) -> Result<(), UserError> {
        put(self.section(section)?, key, amount(Credits::new(number))?);
        Ok(())
    }

    /// Sets the speed that is declared at a level which has an offer.
    pub fn set_speed(&mut self, level: Level, rows_per_second: u32) -> Result<(), UserError> {
        let offers =
            self.section("prover")?.entry("offers").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        let speed = || Value::from(i64::from(rows_per_second));
        let tables = offers.as_array_of_tables_mut().into_iter().flat_map(ArrayOfTables::iter_mut);
        tables.filter(|table| is_of(*table, level)).for_each(|table| put(table, "rows_per_second", speed()));
        let inline = offers.as_array_mut().into_iter().flat_map(Array::iter_mut).filter_map(Value::as_inline_table_mut);
        inline.filter(|table| is_of(*table, level)).for_each(|table| put(table, "rows_per_second", speed()));
        Ok(())
    }

    /// Sets the flat price, and the price of 1,024 rows at each of these levels; a level without an offer gets one.
    pub fn set_prices(&mut self, flat: Credits, offers: &[(Level, Credits)]) -> Result<(), UserError> {
        let prover = self.section("prover")?;
        put(prover, "flat", amount(flat)?);
        let tables = prover.entry("offers").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        for (level, price) in offers {
            set_offer(tables, *level, *price)?;
        }
        Ok(())
    }

    fn section(&mut self, name: &str) -> Result<&mut dyn TableLike, UserError> {
        let item = self.0.entry(name).or_insert_with(|| Item::Table(Table::new()));
        item.as_table_like_mut().ok_or_else(|| UserError::input(format!("{name} is no section of the configuration")))
    }

    /// The text, if it is a configuration.
    pub fn text(&self) -> Result<String, UserError> {
        let text = self.0.to_string();
        NodeConfig::from_toml(&text).map_err(UserError::input)?;
        Ok(text)
    }

    /// Writes the file whole or not at all, with the rights that it had.
    pub fn save(&self, path: &Path) -> Result<(), UserError> {
        let text = self.text()?;
        replace(path, text.as_bytes()).map_err(|e| UserError::network(format!("{}: {e}", path.display())))
    }
}

/// Sets the price of a level among the offers, in either way of writing them.
fn set_offer(offers: &mut Item, level: Level, price: Credits) -> Result<(), UserError> {
    let is_of = |table: &dyn TableLike| is_of(table, level);
    let price = amount(price)?;
    let mut new = Table::new();
    new.insert("level", Item::Value(i64::from(level.get()).into()));
    new.insert("per_kilorow", Item::Value(price.clone()));
    if let Some(tables) = offers.as_array_of_tables_mut() {
        let at = tables.iter().position(|table| is_of(table));
        match at.and_then(|at| tables.get_mut(at)) {
            Some(table) => put(table, "per_kilorow", price),
            None => tables.push(new),
        }
        return Ok(());
    }
    let list = offers.as_array_mut().ok_or_else(|| UserError::input("prover.offers is no list"))?;
    let at = list.iter().position(|offer| offer.as_inline_table().is_some_and(|table| is_of(table)));
    match at.and_then(|at| list.get_mut(at)).and_then(Value::as_inline_table_mut) {
        Some(table) => put(table, "per_kilorow", price),
        None => list.push(Value::InlineTable(new.into_inline_table())),
    }
    Ok(())
}

fn is_of(offer: &dyn TableLike, level: Level) -> bool {
    offer.get("level").and_then(Item::as_integer) == Some(level.get().into())
}

/// Sets a value; the comment behind an old one stays.
fn put(table: &mut dyn TableLike, key: &str, mut value: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

fn amount(amount: Credits) -> Result<Value, UserError> {
    let number = i64::try_from(amount.get());
    number.map(Value::from).map_err(|_| UserError::input(format!("{amount} micro-credits are more than TOML can hold")))
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays one: what it leads to is replaced.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let rights = fs::metadata(&path).map(|meta| meta.permissions());
    let mut file = tempfile::Builder::new().prefix(".config-").tempfile_in(dir)?;
    file.write_all(bytes)?;
    if let Ok(rights) = rights {
        file.as_file().set_permissions(rights)?;
    }
    file.as_file().sync_all()?;
    file.persist(&path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn level(level: u8) -> Level {
        Level::new(level).unwrap()
    }

    fn edited(text: &str, offers: &[(u8, u64)]) -> String {
        let mut file = ConfigFile::parse(text, Path::new("x")).unwrap();
        let offers: Vec<_> = offers.iter().map(|(l, price)| (level(*l), Credits::new(*price))).collect();
        file.set_prices(Credits::new(77), &offers).unwrap();
        file.text().unwrap()
    }

    #[test]
    fn only_values_change_and_every_comment_stays() {
        let text = edited(NodeConfig::example(), &[(3, 4_321)]);
        let before: Vec<&str> = NodeConfig::example().lines().collect();
        let changed: Vec<_> = text.lines().zip(&before).filter(|(new, old)| new != *old).map(|(new, _)| new).collect();
        assert_eq!((text.lines().count(), changed), (before.len(), vec!["flat = 77", "per_kilorow = 4321"]));
        let read = NodeConfig::from_toml(&text).unwrap().prover;
        assert_eq!((read.flat.get(), read.offers[2].per_kilorow.get(), read.offers.len()), (77, 4_321, 5));
    }

    #[test]
    fn every_way_to_write_offers_is_known() {
        for text in [
            "",
            "[prover]\n",
            "[[prover.offers]]\nlevel = 1\nper_kilorow = 5 # cheap\nrows_per_second = 9\n",
            "prover.offers = [{ level = 1, per_kilorow = 5, rows_per_second = 9 }] # short\n",
            "[prover]\noffers = [{ level = 1, per_kilorow = 5, rows_per_second = 9 }]\nflat = 3 # low\n",
        ] {
            let new = edited(text, &[(1, 50), (4, 70)]);
            let read = NodeConfig::from_toml(&new).unwrap().prover;
            let offers: Vec<_> = read.offers.iter().map(|o| (o.level.get(), o.per_kilorow.get())).collect();
            assert_eq!((offers, read.flat.get()), (vec![(1, 50), (4, 70)], 77), "{text:?} became {new:?}");
            assert!(!text.contains("= 9") || read.offers[0].rows_per_second == 9, "{new:?}");
            assert_eq!(text.matches('#').count(), new.matches('#').count(), "{new:?}");
        }
        assert!(ConfigFile::parse("prover = 3\n", Path::new("x")).unwrap().set_prices(Credits::new(1), &[]).is_err());
    }

    #[test]
    fn a_file_is_replaced_whole_and_keeps_its_rights() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        let mut file = ConfigFile::read_or_example(&path).unwrap();
        file.set_list(None, "roles", &["prover".to_owned()]).unwrap();
        file.set_list(Some("network"), "listen", &["/ip4/0.0.0.0/tcp/1".to_owned()]).unwrap();
        file.save(&path).unwrap();
        let read = NodeConfig::from_toml(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!((read.roles.len(), read.network.listen.len()), (1, 1));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        file.set_list(Some("network"), "listen", &["nowhere".to_owned()]).unwrap();
        assert!(file.save(&path).is_err(), "what a node would refuse is not written");
        ConfigFile::read_or_example(&path).unwrap().save(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left");
    }
}
