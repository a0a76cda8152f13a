//! Small pictures of pictures.

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, Rgba, RgbaImage};
use lacuna_domain::limits::{THUMBNAIL_PIXELS_MAX, THUMBNAIL_SIDE_MAX, THUMBNAILS_AT_ONCE_MAX};
use std::io::Cursor;
use tokio::sync::Semaphore;

const QUALITY: u8 = 80;
/// Bytes of a decoded pixel at the most, and as much again for the decoder.
const PIXEL_BYTES_MAX: u64 = 8;

/// Makes thumbnails, a few at a time.
#[derive(Debug)]
pub(crate) struct Thumbnails(Semaphore);

impl Default for Thumbnails {
    fn default() -> Self {
        Self(Semaphore::new(THUMBNAILS_AT_ONCE_MAX))
    }
}

impl Thumbnails {
    /// A JPEG of a picture, no side longer than `THUMBNAIL_SIDE_MAX`; none if it is no picture that is known here, or too large
    /// a one.
    pub(crate) async fn make(&self, picture: Bytes) -> Option<Bytes> {
        let turn = self.0.acquire().await.ok()?;
        let made = tokio::task::spawn_blocking(move || thumbnail(&picture)).await;
        drop(turn);
        made.ok().flatten()
    }
}

/// The media type of what begins like a picture.
pub(crate) fn picture_type(start: &[u8]) -> Option<&'static str> {
    match image::guess_format(start).ok()? {
        ImageFormat::Jpeg => Some("image/jpeg"),
        ImageFormat::Png => Some("image/png"),
        ImageFormat::Gif => Some("image/gif"),
        ImageFormat::WebP => Some("image/webp"),
        _ => None,
    }
}

fn thumbnail(picture: &[u8]) -> Option<Bytes> {
    let open = || {
        ImageReader::new(Cursor::new(picture))
            .with_guessed_format()
            .ok()
    };
    let (width, height) = open()?.into_dimensions().ok()?;
    if u64::from(width) * u64::from(height) > THUMBNAIL_PIXELS_MAX {
        return None;
    }
    let mut reader = open()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(THUMBNAIL_PIXELS_MAX * PIXEL_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder).ok()?;
    if width.max(height) > THUMBNAIL_SIDE_MAX {
        image = image.thumbnail(THUMBNAIL_SIDE_MAX, THUMBNAIL_SIDE_MAX);
    }
    if let Some(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    let small = image.to_rgba8();
    // A JPEG has no transparency: on white, as viewers show it.
    let mut opaque = RgbaImage::from_pixel(small.width(), small.height(), Rgba([255; 4]));
    image::imageops::overlay(&mut opaque, &small, 0, 0);
    let mut jpeg = Vec::new();
    DynamicImage::ImageRgba8(opaque)
        .to_rgb8()
        .write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY))
        .ok()?;
    Some(jpeg.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let image = RgbaImage::from_pixel(width, height, Rgba([255, 0, 0, 0]));
        let image = DynamicImage::ImageRgba8(image);
        let image = match format {
            ImageFormat::Jpeg => image.to_rgb8().into(),
            _ => image,
        };
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn pictures_become_small_jpegs() {
        let check = |format: ImageFormat, (width, height), want: (u32, u32)| {
            let made = thumbnail(&picture(width, height, format)).unwrap();
            let made = image::load_from_memory_with_format(&made, ImageFormat::Jpeg).unwrap();
            assert_eq!((made.width(), made.height()), want, "{format:?}");
        };
        check(ImageFormat::Png, (400, 100), (200, 50));
        check(ImageFormat::Jpeg, (300, 600), (100, 200));
        check(ImageFormat::Gif, (201, 201), (200, 200));
        check(ImageFormat::WebP, (20, 10), (20, 10));
    }

    #[test]
    fn what_is_clear_becomes_white() {
        let made = thumbnail(&picture(40, 40, ImageFormat::Png)).unwrap();
        let made = image::load_from_memory(&made).unwrap().to_rgb8();
        assert!(made.get_pixel(20, 20).0.iter().all(|part| *part > 250));
    }

    #[test]
    fn what_is_no_picture_or_too_large_has_none() {
        assert_eq!(thumbnail(b"no picture"), None);
        let mut cut = picture(300, 300, ImageFormat::Png);
        cut.truncate(cut.len() / 2);
        assert_eq!(thumbnail(&cut), None);
        // A header that promises a picture of 100 million pixels.
        let mut bomb = picture(1, 1, ImageFormat::Gif);
        bomb.splice(6..10, [0x10, 0x27, 0x10, 0x27]);
        assert_eq!(thumbnail(&bomb), None);
    }
}
