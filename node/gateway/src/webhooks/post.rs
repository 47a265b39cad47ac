//! One try: a signed request to an endpoint, over HTTPS, to an address that was checked. No redirect is followed, and no byte of
//! an answer's body is read.

use super::{
    endpoint::Endpoint,
    message::Message,
    resolve::{Checked, Lookup, NotPublic},
};
use crate::clock::now;
use dpgn_protocol::units::Millis;
use reqwest::{Client, StatusCode, Url, header, redirect::Policy};
use std::{error::Error, net::IpAddr, sync::Arc, time::Duration};

/// The time within which an endpoint must have answered.
const ANSWER_MAX: Duration = Duration::from_secs(15);
/// The time within which it must have taken the connection.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// Characters of a URL.
const URL_MAX: usize = 2_048;

/// Why a URL is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum UrlError {
    /// The text is no URL.
    #[error("it is no URL")]
    Malformed,
    /// The URL is longer than any that is needed.
    #[error("it has more than {URL_MAX} characters")]
    TooLong,
    /// Others could read what is sent.
    #[error("it must begin with https://")]
    NotHttps,
    /// The URL has a user, a password or a fragment.
    #[error("it must have no user, password or fragment")]
    Extra,
    /// The address is not of the public internet.
    #[error(transparent)]
    NotPublic(#[from] NotPublic),
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The endpoint has taken the message.
    Delivered(u16),
    /// The endpoint wants nothing any more: 410.
    Gone,
    /// The endpoint has not taken it, and may ask to be left alone for a while.
    Failed { status: Option<u16>, why: String, after: Option<Millis> },
}

/// Sends messages to endpoints.
#[derive(Clone, Debug)]
pub(super) struct Poster {
    client: Client,
    checked: Checked,
}

impl Poster {
    /// A sender; `private` lets it reach private addresses, and without TLS.
    pub(super) fn new(lookup: Lookup, private: bool) -> Result<Self, reqwest::Error> {
        let checked = Checked { lookup, private };
        let client = Client::builder()
            .dns_resolver(Arc::new(checked.clone()))
            .redirect(Policy::none())
            // A proxy would connect to whatever the name means to it.
            .no_proxy()
            .http1_only()
            .https_only(!private)
            .connect_timeout(CONNECT_MAX)
            .timeout(ANSWER_MAX)
            // Each try connects anew, to an address that is checked then.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("dpgn/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, checked })
    }

    /// Reads a URL and checks all that can be checked without a look at the network.
    pub(super) fn parse(&self, text: &str) -> Result<Url, UrlError> {
        if text.len() > URL_MAX {
            return Err(UrlError::TooLong);
        }
        let url = Url::parse(text).map_err(|_| UrlError::Malformed)?;
        if url.scheme() != "https" && !(self.checked.private && url.scheme() == "http") {
            return Err(UrlError::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(UrlError::Extra);
        }
        let host = url.host_str().ok_or(UrlError::Malformed)?;
        // However the address was written: the parser has made it one.
        if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            self.checked.check(address)?;
        }
        Ok(url)
    }

    /// Looks a URL's name up and refuses one that leads to a private address now; a name that leads nowhere yet is taken.
    pub(super) async fn look(&self, url: &Url) -> Result<(), UrlError> {
        let Some(name) = url.domain() else { return Ok(()) };
        match tokio::time::timeout(CONNECT_MAX, self.checked.addresses(name.to_owned())).await {
            Ok(Err(error)) => match error.downcast::<NotPublic>() {
                Ok(not_public) => Err((*not_public).into()),
                Err(_) => Ok(()),
            },
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    }

    /// Sends a message once.
    pub(super) async fn send(&self, endpoint: &Endpoint, message: &Message) -> Outcome {
        let url = match self.parse(&endpoint.url) {
            Ok(url) => url,
            Err(error) => return failed(None, format!("the URL: {error}")),
        };
        let at = now();
        let request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", at.get() / 1_000)
            .header("webhook-signature", endpoint.signatures(&message.id, at, &message.body))
            .body(message.body.clone());
        match request.send().await {
            Ok(answer) => of_answer(answer.status(), answer.headers()),
            Err(error) => failed(None, why(&error)),
        }
    }
}

fn failed(status: Option<u16>, why: String) -> Outcome {
    Outcome::Failed { status, why, after: None }
}

fn of_answer(status: StatusCode, headers: &header::HeaderMap) -> Outcome {
    if status.is_success() {
        return Outcome::Delivered(status.as_u16());
    }
    if status == StatusCode::GONE {
        return Outcome::Gone;
    }
    let after = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let after =
        after.and_then(|seconds| seconds.parse::<u64>().ok()).map(|seconds| Millis::new(seconds.saturating_mul(1_000)));
    let why = if status.is_redirection() { "redirects are not followed" } else { "a 2xx was expected" };
    Outcome::Failed { status: Some(status.as_u16()), why: format!("it answered {}: {why}", status.as_u16()), after }
}

/// Why there was no answer, in words that name neither the URL nor more than its owner may know.
fn why(error: &reqwest::Error) -> String {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(at) = cause {
        if let Some(not_public) = at.downcast_ref::<NotPublic>() {
            return not_public.to_string();
        }
        cause = at.source();
    }
    if error.is_timeout() {
        format!("it did not answer within {} s", ANSWER_MAX.as_secs())
    } else if error.is_connect() {
        "it cannot be connected to, or its certificate does not hold".to_owned()
    } else {
        "the connection broke off".to_owned()
    }
}
