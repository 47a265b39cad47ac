//! From four sources to one configuration.
//!
//! The file is read by itself first, so that its faults are told by line. Variables and flags are then laid
//! over it one by one, so that each one's fault is told by its name.

use super::{ConfigError, NodeConfig, absolute};
use crate::toml_file::line;
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};
use toml::{Table, Value};

/// The configuration's name in the data directory.
pub const CONFIG_FILE: &str = "config.toml";
/// Bytes of a configuration file.
const BYTES_MAX: u64 = 1 << 20;
/// The prefix of every variable of the program.
const PREFIX: &str = "DPGN_";
/// The variable that names the configuration file.
const CONFIG_VARIABLE: &str = "DPGN_CONFIG";

/// A flag of the command line that sets a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Its name, for errors: `--listen`.
    pub name: &'static str,
    /// The key it sets: `network.listen`.
    pub key: &'static str,
    /// Its value, written as in a variable: lists with commas.
    pub value: String,
}

/// The sources of a configuration: a file, variables, flags.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// The environment, or what stands for it.
    pub env: Vec<(String, String)>,
    /// The flags of the command line.
    pub flags: Vec<Flag>,
}

impl Sources {
    /// The sources of a run of the program: `--config` or `DPGN_CONFIG` name the file, else it is the
    /// `config.toml` of the data directory, if that is there.
    pub fn of_process(config: Option<&Path>, data_dir: Option<&Path>, flags: Vec<Flag>) -> Result<Self, ConfigError> {
        let env: Vec<_> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        Self::find(config, data_dir, env, flags)
    }

    pub(super) fn find(
        config: Option<&Path>,
        data_dir: Option<&Path>,
        env: Vec<(String, String)>,
        mut flags: Vec<Flag>,
    ) -> Result<Self, ConfigError> {
        let variable = |name: &str| env.iter().find(|(n, _)| n == name).map(|(_, value)| PathBuf::from(value));
        if let Some(dir) = data_dir.map(absolute) {
            let value = dir.to_str().ok_or_else(|| ConfigError::NotText { path: dir.clone() })?.to_owned();
            flags.push(Flag { name: "--data-dir", key: "data_dir", value });
        }
        let file = match config.map(Path::to_owned).or_else(|| variable(CONFIG_VARIABLE)) {
            Some(named) => Some(absolute(&named)),
            None => {
                let dir = data_dir.map(absolute).or_else(|| variable("DPGN_DATA_DIR").map(|dir| absolute(&dir)));
                let path = dir.unwrap_or_else(|| NodeConfig::default().data_dir).join(CONFIG_FILE);
                path.is_file().then_some(path)
            }
        };
        Ok(Self { file, env, flags })
    }
}

impl NodeConfig {
    /// Reads and checks the text of a configuration file, without variables and flags.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let table = read_text(Path::new(CONFIG_FILE), text, &schema())?;
        let refuse = |message| ConfigError::Value { origin: CONFIG_FILE.to_owned(), got: String::new(), message };
        let config = parse(table).map_err(refuse)?;
        config.check()?;
        Ok(config)
    }

    /// Reads all sources, lays them over each other and checks the result.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let known = schema();
        let mut table = match &sources.file {
            Some(path) => read(path, &known)?,
            None => Table::new(),
        };
        for (name, value) in &sources.env {
            if let Some(key) = key_of(name, &known)? {
                lay_over(&mut table, &known, &key, name, value)?;
            }
        }
        for flag in &sources.flags {
            lay_over(&mut table, &known, flag.key, flag.name, &flag.value)?;
        }
        let stated = table.contains_key("data_dir");
        let mut config = parse(table).map_err(|message| ConfigError::Value {
            origin: "configuration".to_owned(),
            got: String::new(),
            message,
        })?;
        if let (false, Some(dir)) = (stated, sources.file.as_deref().and_then(Path::parent)) {
            config.data_dir = dir.to_owned();
        }
        config.data_dir = absolute(&config.data_dir);
        config.check()?;
        Ok(config)
    }
}

/// The defaults: they know every key and what kind of value it has.
pub(super) fn schema() -> Table {
    Table::try_from(NodeConfig::default()).unwrap_or_default()
}

fn parse(table: Table) -> Result<NodeConfig, String> {
    table.try_into().map_err(|e: toml::de::Error| e.message().to_owned())
}

fn read(path: &Path, known: &Table) -> Result<Table, ConfigError> {
    let failed = |source| ConfigError::Read { path: path.to_owned(), source };
    let mut text = String::new();
    fs::File::open(path).map_err(failed)?.take(BYTES_MAX + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > BYTES_MAX {
        return Err(ConfigError::TooLarge { path: path.to_owned(), limit: BYTES_MAX });
    }
    read_text(path, &text, known)
}

fn read_text(path: &Path, text: &str, known: &Table) -> Result<Table, ConfigError> {
    let at =
        |e: toml::de::Error| (e.span().map_or(1, |span| line(text, span.start)), e.message().trim_end().to_owned());
    let malformed = |e| {
        let (line, message) = at(e);
        ConfigError::File { path: path.to_owned(), line, message }
    };
    let table: Table = toml::from_str(text).map_err(malformed)?;
    match toml::from_str::<NodeConfig>(text) {
        Ok(_) => Ok(table),
        Err(error) => match unknown(&table, known, "") {
            Some((key, closest)) => {
                Err(ConfigError::UnknownKey { path: path.to_owned(), line: at(error).0, key, closest })
            }
            None => Err(malformed(error)),
        },
    }
}

/// The first key of a table that its pattern lacks, with the closest one that it has.
fn unknown(table: &Table, pattern: &Table, prefix: &str) -> Option<(String, Option<String>)> {
    for (name, value) in table {
        let Some(expected) = pattern.get(name) else {
            let closest = closest(name, pattern.keys().map(String::as_str));
            return Some((format!("{prefix}{name}"), closest.map(|key| format!("{prefix}{key}"))));
        };
        let inner = format!("{prefix}{name}.");
        let found = match (value, expected) {
            (Value::Table(table), Value::Table(pattern)) => unknown(table, pattern, &inner),
            (Value::Array(items), Value::Array(patterns)) => items.iter().find_map(|item| {
                let pattern = patterns.first()?.as_table()?;
                unknown(item.as_table()?, pattern, &inner)
            }),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The key a variable sets. Variables of others are passed over, but not one that is almost ours.
fn key_of(variable: &str, known: &Table) -> Result<Option<String>, ConfigError> {
    let keys = leaves(known, "");
    let name = |key: &str| format!("{PREFIX}{}", key.replace('.', "_").to_uppercase());
    if let Some(key) = keys.iter().find(|key| name(key) == variable) {
        return Ok(Some(key.clone()));
    }
    let names: Vec<_> = keys.iter().map(|key| name(key)).chain([CONFIG_VARIABLE.to_owned()]).collect();
    if !variable.starts_with(PREFIX) || names.iter().any(|name| name == variable) {
        return Ok(None);
    }
    match closest(variable, names.iter().map(String::as_str)) {
        Some(closest) => Err(ConfigError::UnknownVariable { name: variable.to_owned(), closest }),
        None => Ok(None),
    }
}

pub(super) fn leaves(table: &Table, prefix: &str) -> Vec<String> {
    let below = |(name, value): (&String, &Value)| match value {
        Value::Table(table) => leaves(table, &format!("{prefix}{name}.")),
        _ => vec![format!("{prefix}{name}")],
    };
    table.iter().flat_map(below).collect()
}

/// Sets one key, and sees whether the whole still parses.
fn lay_over(table: &mut Table, known: &Table, key: &str, origin: &str, text: &str) -> Result<(), ConfigError> {
    let refuse = |message: String| ConfigError::Value { origin: origin.to_owned(), got: text.to_owned(), message };
    let mut names: Vec<_> = key.split('.').collect();
    let last = names.pop().unwrap_or(key);
    let (mut place, mut pattern) = (&mut *table, known);
    for name in names {
        pattern =
            pattern.get(name).and_then(Value::as_table).ok_or_else(|| refuse(format!("there is no key {key}")))?;
        let inner = place.entry(name).or_insert_with(|| Value::Table(Table::new()));
        place = inner.as_table_mut().ok_or_else(|| refuse(format!("{name} is no section")))?;
    }
    let pattern = pattern.get(last).ok_or_else(|| refuse(format!("there is no key {key}")))?;
    place.insert(last.to_owned(), value(pattern, text).map_err(refuse)?);
    parse(table.clone()).map_err(|message| refuse(message.trim_end().to_owned()))?;
    Ok(())
}

/// A text as a value of the same kind as the default.
fn value(pattern: &Value, text: &str) -> Result<Value, String> {
    match pattern {
        Value::String(_) => Ok(Value::String(text.to_owned())),
        Value::Array(_) if !text.trim_start().starts_with('[') => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Ok(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
        }
        _ => {
            let table: Table = toml::from_str(&format!("value = {text}")).map_err(|e| e.message().to_owned())?;
            match (table.len(), table.get("value")) {
                (1, Some(value)) => Ok(value.clone()),
                _ => Err("it is more than one value".to_owned()),
            }
        }
    }
}

/// The candidate with the fewest changes, if those are few for its length.
fn closest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let few = |candidate: &str| 1 + candidate.len().min(name.len()) / 4;
    candidates
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(changes, candidate)| *changes <= few(candidate).min(3))
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}

/// The edit distance of two texts (Levenshtein): letters to insert, delete or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<_> = b.chars().take(64).collect();
    let mut row: Vec<_> = (0..=b.len()).collect();
    for (i, from) in a.chars().take(64).enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (to, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = *cell;
            left = replaced.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}
