//! Compressing bodies of answers, away from the threads that answer.

use actix_web::body::{BodyStream, BoxBody, MessageBody};
use actix_web::http::header::ContentEncoding;
use actix_web::web::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::stream;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::error::Error;
use std::future::poll_fn;
use std::io::{self, Write};
use std::pin::Pin;

/// A body under compression. Whatever went in comes out at once, so that a reader of a stream waits for nothing.
pub(crate) enum Compressor {
    /// One member for the whole body.
    Gzip(GzEncoder<Vec<u8>>),
    /// One frame for each chunk: frames that follow each other are one body (RFC 8878).
    Zstd,
}

impl Compressor {
    /// The compressor of an encoding; none for those there are no compressors of, and for bodies as they are.
    pub(crate) fn of(encoding: ContentEncoding) -> Option<Self> {
        match encoding {
            ContentEncoding::Gzip => Some(Compressor::Gzip(GzEncoder::new(Vec::new(), Compression::fast()))),
            ContentEncoding::Zstd => Some(Compressor::Zstd),
            _ => None,
        }
    }

    /// What a chunk becomes.
    fn push(&mut self, chunk: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Compressor::Zstd => Ok(compress_to_vec(chunk, CompressionLevel::Fastest)),
            Compressor::Gzip(gzip) => {
                gzip.write_all(chunk)?;
                gzip.flush()?;
                Ok(std::mem::take(gzip.get_mut()))
            }
        }
    }

    /// What ends the body.
    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Compressor::Zstd => Ok(Vec::new()),
            Compressor::Gzip(gzip) => gzip.finish(),
        }
    }

    /// The whole of a body.
    pub(crate) async fn whole(self, body: Bytes) -> io::Result<Bytes> {
        let (compressor, mut bytes) = self.chunk(body).await?;
        bytes.append(&mut compressor.finish()?);
        Ok(bytes.into())
    }

    /// A body that comes in chunks. Where it fails, the compressed one does.
    pub(crate) fn stream(self, body: BoxBody) -> BoxBody {
        let chunks = stream::try_unfold(Some((body, self)), |state| async {
            let Some((mut body, compressor)) = state else { return Ok(None) };
            match poll_fn(|context| Pin::new(&mut body).poll_next(context)).await {
                None => Ok::<_, Box<dyn Error>>(Some((compressor.finish()?.into(), None))),
                Some(chunk) => {
                    let (compressor, bytes) = compressor.chunk(chunk?).await?;
                    Ok(Some((Bytes::from(bytes), Some((body, compressor)))))
                }
            }
        });
        BoxBody::new(BodyStream::new(chunks))
    }

    async fn chunk(mut self, chunk: Bytes) -> io::Result<(Self, Vec<u8>)> {
        let work = move || self.push(&chunk).map(|bytes| (self, bytes));
        tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::io::Read;

    /// What a client makes of a body.
    pub(crate) fn decompress(encoding: ContentEncoding, mut bytes: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        match encoding {
            ContentEncoding::Gzip => {
                flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
            }
            _ => {
                while !bytes.is_empty() {
                    let mut frame = ruzstd::decoding::StreamingDecoder::new(&mut bytes).unwrap();
                    frame.read_to_end(&mut plain).unwrap();
                }
            }
        }
        plain
    }

    fn texts() -> Vec<Vec<u8>> {
        let lines = |n: usize| -> String {
            (0..n).map(|n| format!(r#"{{"id":"ch_{n}","a":{}}}"#, n * 7919)).collect()
        };
        let mut noise: u64 = 1;
        let mut random = |_| {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (noise >> 56) as u8
        };
        let noise: Vec<u8> = (0..300_000).map(&mut random).collect();
        vec![b"{}".to_vec(), b"x".repeat(200_000), lines(3).into(), lines(20_000).into(), noise]
    }

    #[tokio::test]
    async fn what_is_compressed_whole_or_in_chunks_reads_back() {
        for encoding in [ContentEncoding::Gzip, ContentEncoding::Zstd] {
            for text in texts() {
                let whole = Compressor::of(encoding).unwrap().whole(text.clone().into()).await.unwrap();
                assert!(decompress(encoding, &whole) == text, "{} bytes by {encoding:?}", text.len());
                let mut compressor = Compressor::of(encoding).unwrap();
                let mut chunks = Vec::new();
                for chunk in text.chunks(70_001) {
                    chunks.extend(compressor.push(chunk).unwrap());
                }
                chunks.extend(compressor.finish().unwrap());
                assert!(decompress(encoding, &chunks) == text, "{} bytes by {encoding:?}", text.len());
            }
        }
    }
}
