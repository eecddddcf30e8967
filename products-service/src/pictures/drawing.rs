//! Drawing: what a seller sends becomes two JPEG files of our own making.
//!
//! Nothing of the file is kept: not its metadata, which may say where somebody lives, nor bytes
//! that mean something to another program.

use std::{io::Cursor, sync::Arc};

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, ImageResult, Limits, Rgb, RgbImage,
    codecs::jpeg::JpegEncoder, imageops::FilterType,
};
use sha2::{Digest, Sha256};
use shared::hex;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::error::Error;

/// Largest file (bytes): what a telephone makes.
pub(crate) const MAX_FILE: usize = 5 * 1024 * 1024;

/// Largest picture (pixels): what a telephone makes, and at most 160 MiB when it is unpacked.
const MAX_PIXELS: u64 = 40_000_000;

/// Widest or highest picture (pixels).
const MAX_SIDE: u32 = 12_000;

/// Most memory that decoding may take (bytes).
const MAX_MEMORY: u64 = 256 * 1024 * 1024;

/// Longest side of the large and of the small file (pixels): a page and a card, on screens of two
/// dots a pixel.
const LARGE: u32 = 1200;
const SMALL: u32 = 480;

/// Of JPEG: above it files grow and nobody sees why.
const QUALITY: u8 = 82;

/// Pictures that are drawn at the same time: half a second of a core each.
const DRAWING: usize = 2;

/// Pictures that are drawn or wait for it, each with its file in memory; beyond it the answer is
/// 503.
const WAITING: usize = 16;

/// Where pictures are drawn, a few at a time.
#[derive(Clone)]
pub struct Studio {
    door: Arc<Semaphore>,
    easels: Arc<Semaphore>,
}

/// A picture in both sizes.
pub(crate) struct Drawn {
    /// A hash of both files.
    pub(crate) version: String,
    pub(crate) large: Vec<u8>,
    pub(crate) small: Vec<u8>,
}

impl Default for Studio {
    fn default() -> Self {
        Self {
            door: Arc::new(Semaphore::new(WAITING)),
            easels: Arc::new(Semaphore::new(DRAWING)),
        }
    }
}

impl Studio {
    /// Draws a PNG, JPEG or WebP file anew, whatever it is called.
    pub(crate) async fn draw(
        &self,
        file: impl AsRef<[u8]> + Send + 'static,
    ) -> Result<Drawn, Error> {
        let entered = Arc::clone(&self.door).try_acquire_owned();
        let entered = entered.map_err(|_| Error::StudioFull)?;
        let easel = Arc::clone(&self.easels).acquire_owned().await;
        let easel = easel.map_err(|_| Error::StudioFull)?;
        let drawn = spawn_blocking(move || {
            let drawn = draw(file.as_ref());
            // Not before: whoever asked may have gone, and the work goes on.
            drop((easel, entered));
            drawn
        });
        match drawn.await {
            Ok(drawn) => drawn.map_err(|error| Error::BadPicture(error.to_string())),
            Err(panic) => Err(Error::BadPicture(panic.to_string())),
        }
    }
}

fn draw(file: &[u8]) -> ImageResult<Drawn> {
    let picture = decode(file)?;
    let large = fit(picture, LARGE);
    let small = fit(large.clone(), SMALL);
    let (large, small) = (encode(&large)?, encode(&small)?);
    let hash = Sha256::new().chain_update(&large).chain_update(&small);
    let mut version = hex(&hash.finalize());
    version.truncate(16);
    Ok(Drawn {
        version,
        large,
        small,
    })
}

/// Unpacks a file and turns it as its camera was held.
fn decode(file: &[u8]) -> ImageResult<DynamicImage> {
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format()?;
    if !matches!(
        reader.format(),
        Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)
    ) {
        return Err(refuse("the file is neither PNG nor JPEG nor WebP"));
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(refuse("the picture has more than 40 million pixels"));
    }
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Makes a picture smaller until no side is longer than `side`.
fn fit(picture: DynamicImage, side: u32) -> DynamicImage {
    if picture.width() <= side && picture.height() <= side {
        return picture;
    }
    // A large one is first made smaller in the cheap way, which is as good at twice the size.
    let near = side * 2;
    if picture.width() > near || picture.height() > near {
        return picture
            .thumbnail(near, near)
            .resize(side, side, FilterType::CatmullRom);
    }
    picture.resize(side, side, FilterType::CatmullRom)
}

/// A JPEG file on white: JPEG has no transparency.
fn encode(picture: &DynamicImage) -> ImageResult<Vec<u8>> {
    let picture = if picture.color().has_alpha() {
        on_white(picture)
    } else {
        picture.to_rgb8()
    };
    let mut file = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut file, QUALITY))?;
    Ok(file)
}

fn on_white(picture: &DynamicImage) -> RgbImage {
    let picture = picture.to_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0.map(u32::from);
        let mix = |colour: u32| {
            let mixed = (colour * alpha + 255 * (255 - alpha)) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        Rgb([red, green, blue].map(mix))
    })
}

fn refuse(message: &str) -> image::ImageError {
    std::io::Error::new(std::io::ErrorKind::InvalidData, message).into()
}
