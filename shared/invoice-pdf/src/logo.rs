//! The seller's logo, decoded once into what a PDF embeds.

use std::io::Cursor;

use lopdf::dictionary;
use passerelle_domain::{Failure, Result};
use png::{ColorType, Transformations};

/// The most pixels a logo may have: 4 megapixels is 170 mm at 300 dpi and far more than a logo needs.
const MAX_PIXELS: u64 = 4_000_000;

/// A logo as compressed RGB samples, flattened on white: PDF/A-3b then needs no transparency.
#[derive(Clone)]
pub(crate) struct Logo {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// The stream of an image XObject, compressed once for all documents.
    pub(crate) stream: lopdf::Stream,
}

impl Logo {
    /// Decodes a PNG.
    ///
    /// # Errors
    /// `Misconfigured` when it is no PNG or has more than [`MAX_PIXELS`].
    pub(crate) fn decode(file: &[u8], name: &str) -> Result<Self> {
        let wrong = |cause: String| Failure::misconfigured("decode logo", name, cause);
        let mut decoder = png::Decoder::new(Cursor::new(file));
        decoder.set_transformations(Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(|error| wrong(error.to_string()))?;
        let (width, height) = (reader.info().width, reader.info().height);
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(wrong(format!("{width} x {height} pixels, at most {MAX_PIXELS}")));
        }
        let size = reader.output_buffer_size().ok_or_else(|| wrong("too large".into()))?;
        let mut samples = vec![0; size];
        let frame = reader.next_frame(&mut samples).map_err(|error| wrong(error.to_string()))?;
        samples.truncate(frame.buffer_size());
        let rgb: Vec<u8> = match frame.color_type {
            ColorType::Rgb => samples,
            ColorType::Rgba => samples
                .as_chunks::<4>()
                .0
                .iter()
                .flat_map(|&[r, g, b, a]| [on_white(r, a), on_white(g, a), on_white(b, a)])
                .collect(),
            ColorType::Grayscale => samples.iter().flat_map(|&grey| [grey; 3]).collect(),
            ColorType::GrayscaleAlpha => {
                samples.as_chunks::<2>().0.iter().flat_map(|&[grey, a]| [on_white(grey, a); 3]).collect()
            }
            ColorType::Indexed => return Err(wrong("a palette that could not be resolved".into())),
        };
        let dictionary = dictionary! {
            "Type" => "XObject",
            "Subtype" => "Image",
            "Width" => i64::from(width),
            "Height" => i64::from(height),
            "ColorSpace" => "DeviceRGB",
            "BitsPerComponent" => 8,
        };
        let mut stream = lopdf::Stream::new(dictionary, rgb);
        stream.compress().map_err(|error| wrong(error.to_string()))?;
        Ok(Self { width, height, stream })
    }
}

/// A sample with alpha, over white.
fn on_white(sample: u8, alpha: u8) -> u8 {
    let (sample, alpha) = (u32::from(sample), u32::from(alpha));
    u8::try_from((sample * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(colour: ColorType, samples: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 2, 1);
        encoder.set_color(colour);
        encoder.write_header().expect("a header").write_image_data(samples).expect("two pixels");
        file
    }

    fn pixels(file: &[u8]) -> Vec<u8> {
        let logo = Logo::decode(file, "logo.png").expect("a logo");
        assert_eq!((logo.width, logo.height), (2, 1));
        logo.stream.get_plain_content().expect("samples")
    }

    #[test]
    fn every_kind_of_png_becomes_rgb_on_white() {
        let expected = [10, 20, 30, 255, 255, 255];
        assert_eq!(pixels(&encode(ColorType::Rgb, &expected)), expected);
        assert_eq!(pixels(&encode(ColorType::Rgba, &[10, 20, 30, 255, 9, 9, 9, 0])), expected);
        assert_eq!(pixels(&encode(ColorType::Grayscale, &[7, 255])), [7, 7, 7, 255, 255, 255]);
        assert_eq!(pixels(&encode(ColorType::GrayscaleAlpha, &[7, 255, 0, 0])), [7, 7, 7, 255, 255, 255]);
        assert_eq!(on_white(0, 128), 127);
    }

    #[test]
    fn what_is_no_png_is_a_misconfiguration() {
        let Err(failure) = Logo::decode(b"GIF89a", "logo.gif") else { panic!("decoded") };
        assert_eq!(failure.kind(), passerelle_domain::FailureKind::Misconfigured);
        assert!(failure.to_string().contains("logo.gif"), "{failure}");
    }
}
