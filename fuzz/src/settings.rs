//! The file that sets up a node, read as its owner wrote it.

/// A configuration file.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(config) = dpgn_node::config::NodeConfig::from_toml(text) {
        let again = config.check();
        assert!(again.is_ok(), "what was accepted is sound: {again:?}");
    }
}
