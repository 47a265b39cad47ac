//! The calls of a gateway that a prover makes, and what comes back: bounded before it is read.

use crate::{
    config::{AgentOptions, Checked},
    error::{AgentError, CallError},
    text::Text,
};
use dpgn_prover::{ProverOptions, circuit::HANDED_OUT_BYTES_MAX};
use reqwest::{Client, Method, RequestBuilder, Response, Url, header};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::time::Duration;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Bytes of JSON for one byte of a circuit and its inputs: three digits and a comma.
const JSON_OF_BYTE: u64 = 4;
/// Bytes of an answer with a task, beside its circuit and inputs.
const REST_BYTES_MAX: u64 = 64 << 10;
/// A circuit takes so many times its bytes, and more, to be proved.
const MEMORY_OF_BYTE: u64 = 32;
/// Bytes of any other answer.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// The time to connect.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// The time for an answer, beside what the gateway is asked to wait.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// The time for giving a task back: whoever does so may be about to end.
const RELEASE_WITHIN: Duration = Duration::from_secs(3);
/// The header in which a prover shows its key.
const KEY_HEADER: &str = "prover-key";

/// A task as a gateway hands it out: the answer of `GET /tasks/assign/{prover_id}`.
#[derive(Deserialize)]
pub struct AssignedTask {
    pub(crate) task_id: Uuid,
    pub(crate) privacy_level: u8,
    pub(crate) circuit_data: Zeroizing<Vec<u8>>,
    pub(crate) tag: [String; 4],
    pub(crate) award: u32,
    pub(crate) circuit_id: Text,
    pub(crate) due: Text,
}

/// What came of a proof that was handed in.
#[derive(Debug, Deserialize)]
pub(crate) struct Verdict {
    pub(crate) accepted: bool,
    pub(crate) quality_score: Option<f64>,
    pub(crate) reason: Option<Text>,
}

/// What a prover hears that says it is there.
#[derive(Deserialize)]
pub(crate) struct Heard {
    pub(crate) tasks: Vec<Uuid>,
}

#[derive(Serialize)]
struct Registration<'a> {
    prover_id: Uuid,
    supported_levels: &'a [u8],
    capacity: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows_per_second: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reward_address: Option<&'a str>,
}

#[derive(Serialize)]
struct Beat {
    prover_id: Uuid,
}

#[derive(Serialize)]
struct Release {
    task_id: Option<Uuid>,
    prover_id: Uuid,
}

#[derive(Serialize)]
struct Submission<'a> {
    task_id: Uuid,
    prover_id: Uuid,
    proof: &'a [u8],
}

/// A problem, as RFC 9457 has it.
#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    code: Text,
    #[serde(default)]
    detail: Text,
    #[serde(default)]
    hint: Text,
}

/// The way to a gateway.
#[derive(Debug)]
pub(crate) struct Gateway {
    client: Client,
    base: Url,
    prover: Uuid,
    key: Option<Zeroizing<String>>,
    token: Option<Zeroizing<String>>,
    task_bytes_max: usize,
}

impl Gateway {
    pub(crate) fn new(checked: &Checked, prover: Uuid, options: &AgentOptions) -> Result<Self, AgentError> {
        let built = Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            // Whoever is sent elsewhere would take key and inputs along.
            .redirect(reqwest::redirect::Policy::none())
            // A proxy that the environment names would read what is meant for loopback alone.
            .no_proxy()
            .user_agent(concat!("dpgn-agent/", env!("CARGO_PKG_VERSION")))
            .build();
        let client = built.map_err(|error| AgentError::Client(error.to_string()))?;
        let mut base = checked.url.clone();
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let task_bytes_max = task_bytes_max(&options.prover);
        Ok(Self { client, base, prover, key: options.key.clone(), token: options.token.clone(), task_bytes_max })
    }

    /// Registers this prover.
    pub(crate) async fn register(
        &self,
        checked: &Checked,
        rows_per_second: Option<u32>,
        reward_address: &str,
    ) -> Result<(), CallError> {
        let body = Registration {
            prover_id: self.prover,
            supported_levels: &checked.levels,
            capacity: checked.capacity,
            key: self.key.as_ref().map(|key| key.as_str()),
            rows_per_second,
            reward_address: Some(reward_address).filter(|address| !address.is_empty()),
        };
        let request = self.request(Method::POST, "provers/register")?.json(&body).timeout(ANSWER_WITHIN);
        json::<Uuid>(request, ANSWER_BYTES_MAX).await.map(drop)
    }

    /// Says that this prover is there; hears which tasks are still its own.
    pub(crate) async fn heartbeat(&self) -> Result<Vec<Uuid>, CallError> {
        let request = self.request(Method::POST, "provers/heartbeat")?.json(&Beat { prover_id: self.prover });
        Ok(json::<Heard>(request.timeout(ANSWER_WITHIN), ANSWER_BYTES_MAX).await?.tasks)
    }

    /// Asks for a task, and waits for it for so long.
    pub(crate) async fn assign(&self, wait: Duration) -> Result<Option<AssignedTask>, CallError> {
        let path = format!("tasks/assign/{}?wait={}", self.prover, wait.as_secs());
        json(self.request(Method::GET, &path)?.timeout(wait + ANSWER_WITHIN), self.task_bytes_max).await
    }

    /// Gives a task back that this prover will not prove; without one all that it has, since it leaves.
    pub(crate) async fn release(&self, task_id: Option<Uuid>) -> Result<(), CallError> {
        let body = Release { task_id, prover_id: self.prover };
        let request = self.request(Method::POST, "tasks/release")?.json(&body).timeout(RELEASE_WITHIN);
        json::<Heard>(request, ANSWER_BYTES_MAX).await.map(drop)
    }

    /// Hands a proof in.
    pub(crate) async fn hand_in(&self, task_id: Uuid, proof: &[u8]) -> Result<Verdict, CallError> {
        let body = Submission { task_id, prover_id: self.prover, proof };
        let request = self.request(Method::POST, "tasks/result")?.json(&body);
        json(request.timeout(ANSWER_WITHIN), ANSWER_BYTES_MAX).await
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, CallError> {
        let url = self.base.join(path).map_err(|error| CallError::Malformed(error.to_string()))?;
        let mut request = self.client.request(method, url);
        if let Some(key) = &self.key {
            request = request.header(KEY_HEADER, key.as_str());
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.as_str());
        }
        Ok(request)
    }
}

/// Bytes of an answer with a task that this prover could prove: what a node hands out, or less if its workers have little
/// memory.
fn task_bytes_max(options: &ProverOptions) -> usize {
    let bytes = HANDED_OUT_BYTES_MAX.min(options.memory_bytes_max / MEMORY_OF_BYTE);
    usize::try_from(bytes.saturating_mul(JSON_OF_BYTE).saturating_add(REST_BYTES_MAX)).unwrap_or(usize::MAX)
}

async fn json<T: DeserializeOwned>(request: RequestBuilder, bytes_max: usize) -> Result<T, CallError> {
    let response = request.send().await.map_err(|error| unreachable(&error))?;
    let status = response.status();
    if status.is_success() {
        let body = bounded(response, bytes_max).await?;
        return serde_json::from_slice(&body).map_err(|error| malformed(&error));
    }
    let after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let body = bounded(response, ANSWER_BYTES_MAX).await?;
    let Ok(problem) = serde_json::from_slice::<Problem>(&body) else {
        return Err(CallError::Malformed(format!("status {}", status.as_u16())));
    };
    let Problem { code, detail, hint } = problem;
    let [code, detail, hint] = [code, detail, hint].map(Text::into_string);
    Err(CallError::Problem { status: status.as_u16(), code, detail, hint, retry_after: after })
}

/// Reads an answer of at most so many bytes. It is wiped afterwards: a task's holds inputs.
async fn bounded(mut response: Response, bytes_max: usize) -> Result<Zeroizing<Vec<u8>>, CallError> {
    let too_long = || CallError::Malformed(format!("more than {bytes_max} bytes"));
    let stated = response.content_length().and_then(|len| usize::try_from(len).ok());
    if stated.is_some_and(|len| len > bytes_max) {
        return Err(too_long());
    }
    // What was stated is there from the beginning, so that no half-filled copy is left behind.
    let mut body = Zeroizing::new(Vec::with_capacity(stated.unwrap_or(0)));
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
        if body.len() + chunk.len() > bytes_max {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What is wrong with an answer. A value is never repeated: it may be a part of a witness.
fn malformed(error: &serde_json::Error) -> CallError {
    CallError::Malformed(format!("JSON of another form, line {} column {}", error.line(), error.column()))
}

/// The innermost reason, without the URL.
fn unreachable(error: &reqwest::Error) -> CallError {
    let mut reason: &dyn std::error::Error = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    CallError::Unreachable(reason.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    #[test]
    fn an_answer_has_what_can_be_proved_and_no_more() {
        let of = |memory_bytes_max| task_bytes_max(&ProverOptions { memory_bytes_max, ..ProverOptions::default() });
        assert_eq!(of(6 << 30), (64 << 20) + (64 << 10), "what a node hands out");
        assert_eq!(of(256 << 20), (32 << 20) + (64 << 10), "what this one's workers have memory for");
        let largest = vec![255_u8; usize::try_from(HANDED_OUT_BYTES_MAX).unwrap()];
        let json = serde_json::to_vec(&largest).unwrap();
        assert!(json.len() <= of(6 << 30) && json.len() + (1 << 20) > of(6 << 30), "no less than that");
    }

    /// A gateway that answers each request with this head, and with this piece again and again.
    async fn answers(head: &'static str, piece: Vec<u8>) -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 1_024];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(head.as_bytes()).await;
                while stream.write_all(&piece).await.is_ok() {}
            }
        });
        Url::parse(&url).unwrap()
    }

    #[tokio::test]
    async fn an_answer_without_end_is_cut_off_and_one_too_long_is_not_begun() {
        let client = Client::builder().no_proxy().build().unwrap();
        let endless = answers("HTTP/1.1 200 OK\r\n\r\n", vec![b' '; 1 << 16]).await;
        let cut = json::<Option<AssignedTask>>(client.get(endless), 1 << 20).await.err().unwrap();
        assert_eq!(cut, CallError::Malformed("more than 1048576 bytes".to_owned()));
        let stated = answers("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", vec![b' '; 1]).await;
        let refused = json::<Option<AssignedTask>>(client.get(stated), 1 << 20).await.err().unwrap();
        assert_eq!(refused, cut);
    }
}
