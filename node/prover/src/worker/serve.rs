//! The worker's own side: confine yourself, then do one job after the other until the pipe closes.

use super::{
    confine::{confine, seal},
    frame::{FrameError, FrameKind, receive_sync, send_sync},
    wire::{Job, Ready, Setup, WorkerReply, decode, encode},
};
use crate::{circuit::builders, prove::Arithmetic, worker::jobs::Bench};
use dpgn_protocol::{bounded::Text, ids::hash};
use rustix::process::{Signal, getpid, kill_process};
use std::{
    env,
    fs::File,
    io::{self, Write},
    os::fd::AsFd,
    panic::{self, AssertUnwindSafe},
    process,
    sync::mpsc,
    thread,
    time::SystemTime,
};
use zeroize::Zeroizing;

/// A job and its blobs, as they came.
struct Order {
    job: Job,
    blobs: Vec<Zeroizing<Vec<u8>>>,
}

/// Why a worker ends by itself.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Frame(#[from] FrameError),
    #[error("{0}")]
    Limit(#[from] super::limits::LimitError),
    #[error("{0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// Works until the node closes the pipe, and then does not return.
pub(super) fn serve() {
    if let Err(error) = try_serve() {
        writeln!(io::stderr(), "worker: {error}").ok();
        process::exit(1);
    }
}

fn try_serve() -> Result<(), ServeError> {
    // A panic's message may show values of a witness: only its place is told.
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        writeln!(io::stderr(), "panicked at {place}").ok();
    }));
    // Unbuffered, so that no buffer keeps a copy of a witness.
    let mut from = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut to = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    // Whatever a library prints goes to stderr: the pipe is for frames alone.
    rustix::stdio::dup2_stdout(io::stderr()).map_err(io::Error::from)?;

    let edition = edition();
    let setup: Setup = decode(FrameKind::Setup, &receive_sync(&mut from)?.expect(FrameKind::Setup)?)?;
    let landlock = confine(&setup)?;
    // All threads start before the seal: after it no thread and no process can be started.
    rayon::ThreadPoolBuilder::new().num_threads(setup.threads as usize).build_global()?;
    // One job waits at most: a node sends the next one after the reply.
    let (orders, due) = mpsc::sync_channel(1);
    thread::Builder::new().name("pipe".into()).spawn(move || listen(from, &orders))?;
    let mut bench = Bench::new(&setup, edition);
    let sandbox = seal(&setup, landlock)?;
    let arithmetic = Arithmetic::chosen().ok().and_then(|arithmetic| Text::new(arithmetic.name()).ok());
    let ready = Ready { sandbox, arithmetic, builders: builders() };
    send_sync(&mut to, FrameKind::Ready, &encode(FrameKind::Ready, &ready)?)?;

    for Order { job, blobs } in due {
        let mut progress = |step| send_sync(&mut to, FrameKind::Progress, &encode(FrameKind::Progress, &step)?);
        let done = panic::catch_unwind(AssertUnwindSafe(|| bench.work(job, blobs, &mut progress)));
        // After a panic nothing here can be trusted; the exit code is Rust's own for it.
        let Ok(reply) = done else { process::exit(101) };
        reply_with(&mut to, reply)?;
    }
    Ok(())
}

/// What tells this program from its other builds: its file's length and time. Read before files are closed to it.
fn edition() -> [u8; 32] {
    let file = if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { env::current_exe() };
    let told = file.and_then(std::fs::metadata).and_then(|file| Ok((file.len(), file.modified()?)));
    // Without them nothing is kept for longer than this process lives.
    let (len, time) = told.unwrap_or_else(|_| (u64::from(process::id()), SystemTime::now()));
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    hash("dpgn edition of a program", &[&len.to_le_bytes(), &since.as_nanos().to_le_bytes()])
}

fn reply_with(to: &mut File, reply: WorkerReply) -> Result<(), FrameError> {
    send_sync(to, FrameKind::Reply, &encode(FrameKind::Reply, &reply)?)
}

/// Reads jobs until the pipe closes; then nobody wants a result any more, and the process ends at once, in the
/// middle of whatever it does. The same if the node breaks the protocol.
fn listen(mut from: File, orders: &mpsc::SyncSender<Order>) {
    while let Ok(order) = read_order(&mut from) {
        if orders.try_send(order).is_err() {
            break;
        }
    }
    kill_process(getpid(), Signal::KILL).ok();
    process::abort();
}

fn read_order(from: &mut File) -> Result<Order, FrameError> {
    let job: Job = decode(FrameKind::Job, &receive_sync(from)?.expect(FrameKind::Job)?)?;
    let blobs = (0..job.blobs()).map(|_| receive_sync(from)?.expect(FrameKind::Blob)).collect::<Result<_, _>>()?;
    Ok(Order { job, blobs })
}
