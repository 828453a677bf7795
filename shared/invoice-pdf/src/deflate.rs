//! Compression (FlateDecode): one compressor for all streams of a document.

use flate2::{Compress, CompressError, Compression, FlushCompress, Status};

/// A compressor; its tables are set up once.
pub(crate) struct Deflater(Compress);

impl Deflater {
    /// Level 6: level 9 takes twice the time for one byte in a hundred.
    pub(crate) fn new() -> Self {
        Self(Compress::new(Compression::new(6), true))
    }

    /// The bytes as a zlib stream.
    ///
    /// # Errors
    /// When the compressor's state is inconsistent, which resetting it excludes.
    pub(crate) fn deflate(&mut self, bytes: &[u8]) -> Result<Vec<u8>, CompressError> {
        self.0.reset();
        let mut out = Vec::with_capacity(bytes.len() / 4 + 256);
        loop {
            let read = usize::try_from(self.0.total_in()).unwrap_or(bytes.len());
            match self.0.compress_vec(&bytes[read..], &mut out, FlushCompress::Finish)? {
                Status::StreamEnd => return Ok(out),
                Status::Ok | Status::BufError => out.reserve(out.capacity().max(1024)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_compressed_comes_back_and_the_order_does_not_matter() {
        let texts = [b"Passerelle ".repeat(9_000), Vec::new(), (0..=255).collect()];
        let mut deflater = Deflater::new();
        let once: Vec<Vec<u8>> = texts.iter().map(|text| deflater.deflate(text).expect("bytes")).collect();
        let fresh = |text: &Vec<u8>| Deflater::new().deflate(text).expect("bytes");
        let again: Vec<Vec<u8>> = texts.iter().rev().map(fresh).collect();
        assert!(once.iter().eq(again.iter().rev()));
        for (text, compressed) in texts.iter().zip(&once) {
            let mut back = Vec::new();
            flate2::read::ZlibDecoder::new(&compressed[..]).read_to_end(&mut back).expect("zlib");
            assert_eq!(&back, text);
        }
    }
}
