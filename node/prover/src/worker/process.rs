//! The node's side of a worker: spawn it, give it one job at a time, know why it ended.
//!
//! Whatever a worker does, the node gets a typed error and goes on: it may die, hang, lie or be no worker at
//! all. A worker that failed in any way is killed and reaped, never used again.

use super::{
    error::WorkerError,
    frame::{Frame, FrameError, FrameKind, head, receive, send},
    wire::{Blob, Ready, Setup, WorkerReply, WorkerRequest, decode, encode},
};
use crate::{environment::SIMD_VARIABLE, progress::Progress};
use std::{
    ffi::OsStr,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};

/// The argument that, together with [`ENV`], makes a program a worker.
pub(super) const ARG: &str = "__worker";
/// The environment variable that has to be `1` as well: no user types both by accident.
pub(super) const ENV: &str = "DPGN_WORKER";
/// The variables that a worker inherits from the node: where its libraries and its GPU are, and its arithmetic.
const KEPT: [&str; 4] = ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", SIMD_VARIABLE];
/// A worker says that it is ready within this time, even on a machine that is very busy.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// Bytes of a file that are in memory at a time while it is sent.
const CHUNK_BYTES: usize = 64 << 10;
/// The time that a worker whose pipe is closed has to be gone by itself.
const GONE_WITHIN: Duration = Duration::from_secs(2);

/// Whether this program's `main` has called `worker_main`: only then can it be its own worker.
static WIRED: AtomicBool = AtomicBool::new(false);

/// Notes that this program's `main` hands workers over.
#[cfg(feature = "plonky2")]
pub(super) fn mark_wired() {
    WIRED.store(true, Ordering::Relaxed);
}

/// The program a worker is: the given one, or this very program.
///
/// A `main` that knows nothing of workers would start the whole application again, and that one another.
pub(crate) fn program(configured: Option<&Path>) -> Result<PathBuf, WorkerError> {
    match configured {
        Some(path) => Ok(path.to_owned()),
        None if !cfg!(feature = "plonky2") => Err(WorkerError::WithoutPlonky2),
        None if !WIRED.load(Ordering::Relaxed) => Err(WorkerError::NoWorkerMain),
        // Names this program's very file, also after an upgrade has replaced it on disk.
        None if cfg!(target_os = "linux") => Ok("/proc/self/exe".into()),
        None => std::env::current_exe()
            .map_err(|e| WorkerError::Spawn { program: "current executable".into(), kind: e.kind() }),
    }
}

/// One running worker process. Dropped, it is killed.
pub(crate) struct Worker {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    stderr: JoinHandle<LastWords>,
    memory_bytes_max: u64,
}

impl Worker {
    /// Starts a worker and waits until its limits are in force; says what else it has told.
    pub(crate) async fn spawn(program: &Path, setup: &Setup) -> Result<(Self, Ready), WorkerError> {
        let failed = |kind| WorkerError::Spawn { program: program.display().to_string(), kind };
        let mut child = command(program).spawn().map_err(|e| failed(e.kind()))?;
        let (Some(to), Some(from), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(failed(std::io::ErrorKind::BrokenPipe));
        };
        let stderr = tokio::spawn(listen(stderr, child.id()));
        let from = BufReader::new(from);
        let mut worker = Self { child, to, from, stderr, memory_bytes_max: setup.memory_bytes_max };
        let ready = timeout(READY_WITHIN, worker.set_up(setup)).await;
        match ready.unwrap_or(Err(WorkerError::TimedOut { after: READY_WITHIN })) {
            Ok(told) => {
                tracing::debug!(pid = worker.child.id(), "worker started");
                Ok((worker, told))
            }
            Err(error) => Err(worker.bury(error).await),
        }
    }

    async fn set_up(&mut self, setup: &Setup) -> Result<Ready, WorkerError> {
        send(&mut self.to, FrameKind::Setup, &encode(FrameKind::Setup, setup)?).await?;
        Ok(decode(FrameKind::Ready, &receive(&mut self.from).await?.expect(FrameKind::Ready)?)?)
    }

    /// Whether the process still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Has one job done. After an error, or when not awaited to its end, the worker is only good to be buried.
    ///
    /// Progress is told as far as there is room: a listener that lags misses some.
    pub(crate) async fn run(
        &mut self,
        request: &WorkerRequest,
        progress: Option<&mpsc::Sender<Progress>>,
    ) -> Result<WorkerReply, WorkerError> {
        send(&mut self.to, FrameKind::Job, &encode(FrameKind::Job, &request.job)?).await?;
        for blob in &request.blobs {
            match blob {
                Blob::Shared(bytes) => send(&mut self.to, FrameKind::Blob, bytes).await?,
                Blob::Secret(inputs) => send(&mut self.to, FrameKind::Blob, inputs.as_bytes()).await?,
                Blob::File(path) => self.send_file(path).await?,
            }
        }
        loop {
            match receive(&mut self.from).await? {
                Frame { kind: FrameKind::Progress, body } => {
                    let step = decode(FrameKind::Progress, &body)?;
                    if let Some(progress) = progress {
                        progress.try_send(step).ok();
                    }
                }
                frame => {
                    let reply = decode(FrameKind::Reply, &frame.expect(FrameKind::Reply)?)?;
                    let fits = request.job.accepts(&reply);
                    return if fits {
                        Ok(reply)
                    } else {
                        Err(FrameError::OutOfTurn { got: FrameKind::Reply as u8 }.into())
                    };
                }
            }
        }
    }

    /// Sends a file's bytes, as many as it has at first.
    async fn send_file(&mut self, path: &Path) -> Result<(), WorkerError> {
        let unreadable = |error: std::io::Error| WorkerError::Unreadable { kind: error.kind() };
        let mut file = File::open(path).await.map_err(unreadable)?;
        let len = file.metadata().await.map_err(unreadable)?.len();
        let mut left = usize::try_from(len).unwrap_or(usize::MAX);
        self.to.write_all(&head(FrameKind::Blob, left)?).await.map_err(FrameError::from)?;
        let mut chunk = vec![0; CHUNK_BYTES.min(left)];
        while left > 0 {
            let wanted = chunk.len().min(left);
            let got = file.read(&mut chunk[..wanted]).await.map_err(unreadable)?;
            if got == 0 {
                return Err(WorkerError::Unreadable { kind: std::io::ErrorKind::UnexpectedEof });
            }
            self.to.write_all(&chunk[..got]).await.map_err(FrameError::from)?;
            left -= got;
        }
        Ok(self.to.flush().await.map_err(FrameError::from)?)
    }

    /// Ends a worker that has done its job, and returns once its memory is the system's again.
    pub(crate) async fn retire(mut self) {
        let pid = self.child.id();
        // It can fail only if it has ended meanwhile; dropping the child repeats it.
        timeout(GONE_WITHIN, self.child.kill()).await.ok();
        tracing::debug!(pid, "worker ended: its job is done");
    }

    /// Ends the process for certain, and says what the error really was: a closed pipe is only a symptom.
    pub(crate) async fn bury(self, error: WorkerError) -> WorkerError {
        let pid = self.child.id();
        let error = self.end(error).await;
        match error {
            WorkerError::Cancelled => tracing::debug!(pid, "worker ended: its job was cancelled"),
            _ => tracing::warn!(pid, %error, "worker ended"),
        }
        error
    }

    async fn end(mut self, error: WorkerError) -> WorkerError {
        let symptom = matches!(error, WorkerError::Protocol(FrameError::Closed));
        let own_end = if symptom { timeout(GONE_WITHIN, self.child.wait()).await.ok() } else { None };
        // Fails only if it has ended meanwhile. The kernel may take its time; dropping the child repeats it.
        timeout(GONE_WITHIN, self.child.kill()).await.ok();
        let last_words = timeout(GONE_WITHIN, self.stderr).await;
        match own_end {
            Some(Ok(status)) => {
                cause(status, last_words.ok().and_then(Result::ok).unwrap_or_default(), self.memory_bytes_max)
            }
            _ => error,
        }
    }
}

fn command(program: &Path) -> Command {
    let kept = KEPT.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
    let mut command = Command::new(program);
    command
        .arg0("dpgn-worker")
        .arg(ARG)
        .env_clear()
        .envs(kept)
        .env(ENV, OsStr::new("1"))
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C in a terminal is for the node to handle: it ends its workers in its own time.
        .process_group(0)
        .kill_on_drop(true);
    command
}

/// Why a process ended that nobody told to.
fn cause(status: ExitStatus, last_words: LastWords, memory_bytes_max: u64) -> WorkerError {
    match (status.signal(), status.code()) {
        _ if last_words.out_of_memory => WorkerError::OutOfMemory { limit: memory_bytes_max },
        (Some(ABORT), _) => WorkerError::Aborted,
        (Some(signal), _) => WorkerError::Killed { signal },
        (None, code) => WorkerError::Exited { code: code.unwrap_or_default() },
    }
}

const ABORT: i32 = rustix::process::Signal::ABORT.as_raw();

/// The last words of a worker: what it wrote to its standard error.
#[derive(Clone, Copy, Debug, Default)]
struct LastWords {
    out_of_memory: bool,
}

/// Bytes of one line that are kept, and lines of one worker that are logged: the rest is dropped.
const LINE_BYTES_MAX: usize = 256;
const LINES_MAX: usize = 256;
/// The words with which Rust's runtime aborts because an allocation failed.
const OUT_OF_MEMORY: &str = "memory allocation of ";

/// Logs a worker's stderr, bounded, until it is closed.
async fn listen(mut stderr: ChildStderr, pid: Option<u32>) -> LastWords {
    let (mut last_words, mut lines, mut line) = (LastWords::default(), 0, Vec::with_capacity(LINE_BYTES_MAX));
    let mut chunk = [0; 1024];
    while let Ok(got @ 1..) = stderr.read(&mut chunk).await {
        for &byte in chunk.iter().take(got) {
            if byte != b'\n' {
                if line.len() < LINE_BYTES_MAX {
                    line.push(byte);
                }
                continue;
            }
            let text = String::from_utf8_lossy(&line);
            last_words.out_of_memory |= text.starts_with(OUT_OF_MEMORY);
            if lines < LINES_MAX {
                tracing::debug!(pid, line = %text.escape_debug(), "worker");
            }
            lines += 1;
            line.clear();
        }
    }
    last_words
}
