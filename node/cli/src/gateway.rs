//! The REST gateway of a node that runs, and what its owner is told if it cannot be served.

use crate::user_error::UserError;
use dpgn_gateway::{Bound, GatewayConfig, ServeError, TokenError};
use dpgn_node::config::NodeConfig;

/// The advice if the address is taken.
const OTHER_PORT: &str = "if another program uses the port, perhaps another node, choose another with --gateway or \
    DPGN_GATEWAY_LISTEN, such as 127.0.0.1:8081; \"\" serves no gateway";

/// Takes the address that the configuration names; nothing if there is to be no gateway.
pub(crate) async fn bind(config: &NodeConfig) -> Result<Option<Bound>, UserError> {
    let Some(gateway) = GatewayConfig::of_node(config).map_err(UserError::input)? else { return Ok(None) };
    let bound = dpgn_gateway::bind(&gateway).await.map_err(|error| match &error {
        ServeError::Listen { .. } => UserError::network(error).hint(OTHER_PORT),
        ServeError::Open(_) => UserError::input(error).hint("name its file: gateway.token_file"),
        ServeError::Token(TokenError::Readable { path, .. }) => {
            let advice = format!("chmod 600 {}", path.display());
            UserError::input(error).hint(advice)
        }
        ServeError::Token(TokenError::Unusable { .. }) => {
            UserError::input(error).hint("remove the file, and the node makes a new one")
        }
        ServeError::Webhooks(_) => {
            UserError::network(error).hint("if the file is damaged, move it away: webhooks are made anew then")
        }
        ServeError::Token(TokenError::Same { .. }) => {
            UserError::input(error).hint("name another file, gateway.prover_token_file: the node makes it")
        }
        ServeError::Token(TokenError::File { .. } | TokenError::Random(_)) => UserError::network(error),
    })?;
    Ok(Some(bound))
}
