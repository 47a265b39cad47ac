//! Lines of JSON over a stream: one value a line, each bounded before it is held in memory.

use serde::{Serialize, de::DeserializeOwned};
use std::io;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// The longest line either side reads or writes, its end included. A page of tasks is far below it.
pub(super) const LINE_BYTES_MAX: usize = 1 << 20;

pub(super) struct Lines {
    read: BufReader<OwnedReadHalf>,
    write: OwnedWriteHalf,
}

impl Lines {
    pub(super) fn new(stream: UnixStream) -> Self {
        let (read, write) = stream.into_split();
        Self { read: BufReader::new(read), write }
    }

    /// The process at the other end, as the kernel names it.
    pub(super) fn peer_pid(&self) -> Option<u32> {
        let stream: &UnixStream = self.read.get_ref().as_ref();
        stream.peer_cred().ok()?.pid().and_then(|pid| u32::try_from(pid).ok())
    }

    /// The next value; none if the other side has closed the stream.
    pub(super) async fn read<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        let mut line = Vec::new();
        let read = (&mut self.read).take(LINE_BYTES_MAX as u64).read_until(b'\n', &mut line).await?;
        match line.last() {
            None => Ok(None),
            Some(b'\n') => serde_json::from_slice(&line).map(Some).map_err(io::Error::other),
            Some(_) if read == LINE_BYTES_MAX => Err(too_long(read)),
            Some(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    pub(super) async fn write(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        if line.len() > LINE_BYTES_MAX {
            return Err(too_long(line.len()));
        }
        self.write.write_all(&line).await
    }
}

fn too_long(got: usize) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a line of {got} bytes or more; the limit is {LINE_BYTES_MAX}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_beyond_the_limit_is_refused_on_both_sides() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut lines = Lines::new(ours);
        assert!(lines.write(&"x".repeat(LINE_BYTES_MAX)).await.is_err(), "two quotes and an end are too many");
        let (_, mut write) = theirs.into_split();
        let flood = tokio::spawn(async move {
            let chunk = vec![b'x'; 1 << 16];
            let mut sent = 0;
            while write.write_all(&chunk).await.is_ok() {
                sent += chunk.len();
            }
            sent
        });
        let error = lines.read::<String>().await.unwrap_err();
        assert!(error.to_string().contains("the limit is 1048576"), "{error}");
        drop(lines);
        let sent = flood.await.unwrap();
        println!("a line without end: {sent} bytes were taken before it was refused");
        assert!(sent < 2 * LINE_BYTES_MAX);
    }

    #[tokio::test]
    async fn half_a_line_is_no_value() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (_, mut write) = theirs.into_split();
        write.write_all(b"1\n2").await.unwrap();
        drop(write);
        let mut lines = Lines::new(ours);
        assert_eq!(lines.read::<u8>().await.unwrap(), Some(1));
        assert_eq!(lines.read::<u8>().await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
