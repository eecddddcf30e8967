//! Pictures of products: what is taken, what is made of it, and who may.

use std::io::Cursor;

use axum::{Router, body::Body};
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use image::{DynamicImage, GrayImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use products_service::Live;
use serde_json::Value;
use shared::shutdown::Shutdown;
use shared_testing::TestTokens;
use tower::ServiceExt;

use crate::stage::{BUYER, SELLER, Stage, path, routes};

struct Gallery {
    stage: Stage,
    router: Router,
    /// A product of the seller.
    id: i32,
}

/// What came back.
struct Reply {
    head: Response<()>,
    body: Vec<u8>,
}

impl Gallery {
    async fn create() -> Self {
        let stage = Stage::create().await;
        let id = stage.list(5).await;
        let live = Live::new(Shutdown::default().token());
        let router = routes(stage.db.clone(), &stage.tokens, live);
        Self { stage, router, id }
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Reply {
            head: Response::from_parts(parts, ()),
            body,
        }
    }

    /// Sends a file as the picture of the product.
    async fn put(&self, user: i32, file: Vec<u8>) -> Reply {
        let request = Request::put(format!("{}/picture", path(self.id)))
            .header(header::AUTHORIZATION, bearer(&self.stage.tokens, user))
            .body(Body::from(file));
        self.send(request.unwrap()).await
    }

    async fn get(&self, address: &str, etag: &str) -> Reply {
        let request = Request::get(address).header(header::IF_NONE_MATCH, etag);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// The address of the picture, as everybody sees it.
    async fn address(&self) -> Value {
        self.stage.guest.get(&path(self.id)).await.body["picture"].clone()
    }

    /// What is stored for a file: large and small.
    async fn drawn(&self, file: Vec<u8>) -> [DynamicImage; 2] {
        assert_eq!(self.put(SELLER, file).await.head.status(), StatusCode::OK);
        let address = self.address().await;
        let address = address.as_str().unwrap();
        let large = self.get(address, "").await;
        let small = self.get(&format!("{address}&size=small"), "").await;
        [large, small].map(|reply| {
            assert_eq!(reply.head.headers()[header::CONTENT_TYPE], "image/jpeg");
            image::load_from_memory_with_format(&reply.body, ImageFormat::Jpeg).unwrap()
        })
    }
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: header::HeaderName) -> &str {
        self.head.headers()[name].to_str().unwrap()
    }
}

fn bearer(tokens: &TestTokens, user: i32) -> String {
    format!("Bearer {}", tokens.of(user))
}

fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// Red on the left, blue on the right.
fn two_colours(width: u32, height: u32) -> RgbImage {
    let colour = |x| {
        if x < width / 2 {
            Rgb([250, 0, 0])
        } else {
            Rgb([0, 0, 250])
        }
    };
    RgbImage::from_fn(width, height, |x, _| colour(x))
}

/// A JPEG file that says how its camera was held, and something private.
fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"my-street");
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
}

#[tokio::test]
async fn png_jpeg_and_webp_become_jpeg_in_two_sizes() {
    let gallery = Gallery::create().await;
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let [large, small] = gallery.drawn(file(two_colours(2400, 1200), format)).await;

        assert_eq!((large.width(), large.height()), (1200, 600), "{format:?}");
        assert_eq!((small.width(), small.height()), (480, 240), "{format:?}");
        let left = large.to_rgb8().get_pixel(100, 100).0;
        assert!(left[0] > 200 && left[2] < 50, "{left:?}");
    }
    let [large, small] = gallery
        .drawn(file(two_colours(40, 30), ImageFormat::Png))
        .await;
    assert_eq!((large.width(), small.width()), (40, 40));
}

#[tokio::test]
async fn a_picture_is_turned_as_it_was_taken_and_loses_what_it_says_of_its_maker() {
    let gallery = Gallery::create().await;
    let jpeg = with_exif(&file(two_colours(64, 32), ImageFormat::Jpeg), 6);

    let [large, _] = gallery.drawn(jpeg).await;

    // Turned right by 90 degrees, left is up.
    assert_eq!((large.width(), large.height()), (32, 64));
    let (top, bottom) = (
        large.to_rgb8().get_pixel(16, 8).0,
        large.to_rgb8().get_pixel(16, 56).0,
    );
    assert!(top[0] > 200 && bottom[2] > 200, "{top:?} {bottom:?}");
    let address = gallery.address().await;
    let stored = gallery.get(address.as_str().unwrap(), "").await.body;
    let has = |word: &[u8]| stored.windows(word.len()).any(|it| it == word);
    assert!(!has(b"Exif") && !has(b"my-street"));
}

#[tokio::test]
async fn what_is_transparent_becomes_white() {
    let gallery = Gallery::create().await;
    let clear = RgbaImage::from_pixel(20, 20, Rgba([0, 0, 0, 0]));

    let [large, _] = gallery.drawn(file(clear, ImageFormat::Png)).await;

    assert!(
        large
            .to_rgb8()
            .get_pixel(10, 10)
            .0
            .iter()
            .all(|it| *it > 250)
    );
}

#[tokio::test]
async fn what_is_no_picture_or_a_bomb_is_refused() {
    let gallery = Gallery::create().await;
    let png = file(two_colours(200, 200), ImageFormat::Png);
    let wide = file(GrayImage::new(12_001, 1), ImageFormat::Png);
    let bomb = file(GrayImage::new(7000, 7000), ImageFormat::Png);
    assert!(bomb.len() < 1_000_000);
    for broken in [
        Vec::new(),
        b"hello".to_vec(),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
        b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(),
        png[..png.len() / 2].to_vec(),
        wide,
        bomb,
    ] {
        let reply = gallery.put(SELLER, broken).await;
        assert_eq!(reply.head.status(), StatusCode::BAD_REQUEST);
        assert_eq!(reply.json()["code"], "BAD_PICTURE");
    }

    let heavy = gallery.put(SELLER, vec![0; 5 * 1024 * 1024 + 1]).await;

    assert_eq!(heavy.head.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(heavy.json()["code"], "PAYLOAD_TOO_LARGE");
    assert_eq!(gallery.address().await, Value::Null);
}

#[tokio::test]
async fn only_the_current_address_may_be_kept_and_what_is_known_is_not_sent_again() {
    let gallery = Gallery::create().await;
    gallery
        .drawn(file(two_colours(40, 30), ImageFormat::Png))
        .await;
    let old = gallery.address().await;
    gallery
        .drawn(file(two_colours(30, 40), ImageFormat::Png))
        .await;
    let (new, plain) = (
        gallery.address().await,
        format!("{}/picture", path(gallery.id)),
    );

    let current = gallery.get(new.as_str().unwrap(), "").await;
    let stale = gallery.get(old.as_str().unwrap(), "").await;
    let known = gallery.get(&plain, current.header(header::ETAG)).await;
    let small = gallery
        .get(&format!("{plain}?size=small"), current.header(header::ETAG))
        .await;
    let odd = gallery.get(&format!("{plain}?size=huge"), "").await;

    assert_ne!(old, new);
    let immutable = "public, max-age=31536000, immutable";
    assert_eq!(current.header(header::CACHE_CONTROL), immutable);
    assert_eq!(stale.header(header::CACHE_CONTROL), "no-cache");
    assert_eq!(stale.body, current.body);
    assert_eq!(known.head.status(), StatusCode::NOT_MODIFIED);
    assert!(known.body.is_empty());
    assert_eq!(small.head.status(), StatusCode::OK);
    assert_eq!(odd.head.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn only_its_seller_gives_a_product_a_picture_or_takes_it() {
    let gallery = Gallery::create().await;
    let address = format!("{}/picture", path(gallery.id));
    let png = file(two_colours(40, 30), ImageFormat::Png);

    let foreign = gallery.put(BUYER, png.clone()).await;
    gallery.drawn(png).await;
    let theft = gallery.stage.buyer.delete(&address).await;
    assert!(gallery.address().await.is_string());
    let taken = gallery.stage.seller.delete(&address).await;

    assert_eq!(foreign.head.status(), StatusCode::FORBIDDEN);
    assert_eq!(theft.status, StatusCode::FORBIDDEN);
    assert_eq!(taken.body["product"]["picture"], Value::Null);
    let gone = gallery.get(&address, "").await;
    assert_eq!(gone.head.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        gallery.stage.guest.delete(&address).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_new_picture_is_announced_like_every_change() {
    let gallery = Gallery::create().await;
    gallery
        .drawn(file(two_colours(40, 30), ImageFormat::Png))
        .await;
    gallery
        .drawn(file(two_colours(40, 30), ImageFormat::Png))
        .await;

    gallery.stage.start_worker();
    gallery.stage.settled().await;

    // The same picture again is no change.
    let versions: Vec<_> = gallery
        .stage
        .changes()
        .await
        .iter()
        .map(|it| it.version)
        .collect();
    assert_eq!(versions, [1, 2]);
}
