//! Precedence, and that every fault is told with its place.

use super::*;

fn write(dir: &Path, text: &str) -> Sources {
    let path = dir.join(CONFIG_FILE);
    std::fs::write(&path, text).unwrap();
    Sources { file: Some(path), ..Sources::default() }
}

fn refused(text: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    NodeConfig::load(&write(dir.path(), text)).unwrap_err().to_string()
}

fn flag(key: &'static str, value: &str) -> Flag {
    Flag { name: "--flag", key, value: value.to_owned() }
}

#[test]
fn the_example_is_the_default() {
    let dir = tempfile::tempdir().unwrap();
    let config = NodeConfig::load(&write(dir.path(), NodeConfig::example())).unwrap();
    assert_eq!(config, NodeConfig { data_dir: dir.path().to_owned(), ..NodeConfig::default() });
    let empty = NodeConfig::load(&write(dir.path(), "")).unwrap();
    assert_eq!(empty, config);
    assert_eq!(NodeConfig::load(&Sources::default()).unwrap(), NodeConfig::default());
    // The example shows the directory as a comment: unless it is set, it is that of the file.
    let example: toml::Table = NodeConfig::example().parse().unwrap();
    let shown: BTreeSet<_> = load::leaves(&example, "").into_iter().chain(["data_dir".to_owned()]).collect();
    let all: BTreeSet<_> = load::leaves(&load::schema(), "").into_iter().collect();
    assert_eq!(shown, all, "every key is in the example");
}

#[test]
fn a_configuration_and_the_library_have_the_same_defaults() {
    let (configured, library) = (ProverSection::default().options(), dpgn_prover::ProverOptions::default());
    assert_eq!(format!("{configured:?}"), format!("{library:?}"));
    let text = NodeConfig::example();
    for (key, value) in
        [("memory_mib_max", library.memory_bytes_max >> 20), ("cache_mib_max", library.cache_bytes_max >> 20)]
    {
        assert!(text.contains(&format!("\n{key} = {value}\n")), "the example says another {key} than {value}");
    }
}

#[test]
fn flag_before_variable_before_file_before_default() {
    let dir = tempfile::tempdir().unwrap();
    let mut sources =
        write(dir.path(), "[prover]\nqueue_len = 1\ncapacity = 1\nmax_concurrent_proofs = 2\nmemory_mib_max = 2000\n");
    sources.env = [("DPGN_PROVER_QUEUE_LEN", "2"), ("DPGN_PROVER_CAPACITY", "2"), ("HOME", "x"), ("DPGN_WORKER", "1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    sources.flags = vec![flag("prover.queue_len", "3")];
    let prover = NodeConfig::load(&sources).unwrap().prover;
    assert_eq!((prover.queue_len, prover.capacity, prover.memory_mib_max), (3, 2, 2_000));
    assert_eq!(prover.cache_mib_max, ProverSection::default().cache_mib_max);
}

#[test]
fn texts_become_values_of_every_kind() {
    let sources = Sources {
        flags: vec![
            flag("roles", "prover, requester"),
            flag("network.listen", "/ip4/127.0.0.1/tcp/1,/ip6/::1/udp/2/quic-v1"),
            flag("network.mdns", "true"),
            flag("prover.degree_max", "12"),
            flag("prover.offers", "[{ level = 3, per_kilorow = 7 }]"),
            flag("log.format", "json"),
            flag("data_dir", "relative"),
        ],
        ..Sources::default()
    };
    let config = NodeConfig::load(&sources).unwrap();
    assert_eq!(config.roles, [Role::Requester, Role::Prover].into());
    assert_eq!(config.network.listen.len(), 2);
    assert!(config.network.mdns && config.log.format == LogFormat::Json);
    assert_eq!((config.prover.degree_max.get(), config.prover.offers.len()), (12, 1));
    assert!(config.data_dir.is_absolute() && config.data_dir.ends_with("relative"));
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_what_was_meant() {
    let cases = [
        ("rolse = []\n", "line 1: unknown key `rolse`: did you mean `roles`?"),
        (
            "\n[network]\nlisten = []\nlistne = []\n",
            "line 4: unknown key `network.listne`: did you mean `network.listen`?",
        ),
        ("[prover]\nmemory_max_mib = 1\n", "line 2: unknown key `prover.memory_max_mib`"),
        (
            "[[prover.offers]]\nlevel = 3\nper_kilorow = 1\nlevle = 3\n",
            "unknown key `prover.offers.levle`: did you mean",
        ),
        ("[network.limits]\n", "unknown key `network.limits`"),
        ("zzz = 1\n", "unknown key `zzz`"),
    ];
    for (text, expected) in cases {
        let message = refused(text);
        assert!(message.contains(expected) && message.contains(CONFIG_FILE), "{message}");
    }
    let message = refused("zzz = 1\n");
    assert!(!message.contains("did you mean"), "{message}");
}

#[test]
fn a_wrong_value_is_told_with_its_place() {
    let cases = [
        ("roles = [\"miner\"]\n", "line 1"),
        ("roles = []\n", "roles is 0"),
        ("roles = [\n", "line "),
        ("\n[prover]\nqueue_len = -1\n", "line 3"),
        ("[prover]\nqueue_len = 70000\n", "line 2"),
        ("[prover]\nqueue_len = 2000\n", "prover.queue_len is 2000: it must be at least 0 and at most 1024"),
        ("[prover]\nmax_concurrent_proofs = 0\n", "at least 1 and at most 64"),
        ("[prover]\ncapacity = 17\n", "prover.capacity is 17: it must be at least 0 and at most 16"),
        ("[prover]\nmemory_mib_max = 12\n", "at least 1024 and at most 1024000"),
        ("roles = [\"requester\"]\n[prover]\nmemory_mib_max = 12\n", "at least 1024"),
        ("[prover]\nmemory_mib_max = 17592186044416\n", "at most 1024000"),
        (
            "[prover]\nrecipes_mib_max = 255\n",
            "prover.recipes_mib_max is 255: it must be at least 256 and at most 1024000",
        ),
        ("[prover]\ndegree_max = 40\n", "degree is 0 to 24; got 40"),
        ("[prover]\noffers = []\n", "at least 1"),
        ("[[prover.offers]]\nlevel = 6\nper_kilorow = 1\n", "privacy level is 1 to 5; got 6"),
        (
            "prover.offers = [{ level = 3, per_kilorow = 1 }, { level = 3, per_kilorow = 2 }]\n",
            "level 3 is offered twice",
        ),
        ("[network]\nlisten = [\"127.0.0.1:80\"]\n", "line 2: \"127.0.0.1:80\" is no address; such are /ip4/"),
        ("[gateway]\nupload_mib_max = 0\n", "gateway.upload_mib_max is 0: it must be at least 1"),
        ("[gateway]\nlisten = \"localhost:8080\"\n", "\"localhost:8080\" is no IP address with a port"),
        ("[gateway]\nlisten = \"0.0.0.0:8080\"\n", "gateway.token_file must name a file"),
        ("[gateway]\nhosts = [\"dpgn.example\"]\n", "gateway.token_file must name a file"),
        ("[gateway]\nprover_token_file = \"prover.token\"\n", "so gateway.token_file must name"),
        ("[network]\nlisten = [\"/ip4/127.0.0.1/udp/9\"]\n", "network.listen: /ip4/127.0.0.1/udp/9 is no TCP or QUIC"),
    ];
    for (text, expected) in cases {
        let message = refused(text);
        assert!(message.contains(expected), "{text:?}: {message}");
    }
}

#[test]
fn a_wrong_flag_or_variable_is_told_by_name() {
    let load = |name: &str, value: &str| {
        let env = vec![(name.to_owned(), value.to_owned())];
        NodeConfig::load(&Sources { env, ..Sources::default() })
    };
    for (name, value) in [
        ("DPGN_PROVER_QUEUE_LEN", "many"),
        ("DPGN_PROVER_QUEUE_LEN", "1\nqueue = 2"),
        ("DPGN_NETWORK_MDNS", "maybe"),
        ("DPGN_NETWORK_BOOTSTRAP", "somewhere"),
        ("DPGN_ROLES", "miner"),
        ("DPGN_LOG_FORMAT", "xml"),
    ] {
        let message = load(name, value).unwrap_err().to_string();
        assert!(message.starts_with(name), "{message}");
    }
    let message = load("DPGN_NETWORK_LISTNE", "").unwrap_err().to_string();
    assert!(message.contains("did you mean DPGN_NETWORK_LISTEN?"), "{message}");
    load("DPGN_SOMETHING_OF_OTHERS", "1").unwrap();
}

#[test]
fn the_file_is_found_by_flag_variable_or_data_directory() {
    let dir = tempfile::tempdir().unwrap();
    let find = |config: Option<&Path>, data: Option<&Path>, env: &[(&str, &Path)]| {
        let env = env.iter().map(|(name, path)| ((*name).to_owned(), path.display().to_string())).collect();
        Sources::find(config, data, env, Vec::new()).unwrap()
    };
    assert_eq!(find(None, Some(dir.path()), &[]).file, None);
    let there = write(dir.path(), "").file;
    assert_eq!(find(None, Some(dir.path()), &[]).file, there);
    assert_eq!(find(None, None, &[("DPGN_DATA_DIR", dir.path())]).file, there);
    let other = dir.path().join("other.toml");
    assert_eq!(find(Some(&other), Some(dir.path()), &[]).file.as_deref(), Some(other.as_path()));
    assert_eq!(find(None, Some(dir.path()), &[("DPGN_CONFIG", &other)]).file.as_deref(), Some(other.as_path()));
    assert!(matches!(NodeConfig::load(&find(Some(&other), None, &[])), Err(ConfigError::Read { .. })));
    let config = NodeConfig::load(&find(None, Some(dir.path()), &[])).unwrap();
    assert_eq!(config.genesis_path(), dir.path().join("genesis.toml"));
    assert_eq!(config.key_path(), dir.path().join("key"));
}
