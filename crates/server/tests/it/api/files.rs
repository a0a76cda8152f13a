//! Attachments: uploads, whole and in parts, and downloads.

use super::{Answer, Server};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use lacuna_domain::limits::{FILE_BYTES_MAX, FILE_PART_BYTES};
use tempfile::TempDir;
use tower::ServiceExt;

pub(super) const BOUNDARY: &str = "----boundary";
const MIB: usize = 1024 * 1024;

/// A server that keeps its files in a folder of the test's.
pub(super) async fn server() -> (Server, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file:{}", folder.path().display());
    let server = Server::with(|config, _| config.files.url.clone_from(&url)).await;
    (server, folder)
}

pub(super) fn field(name: &str, kind: Option<&str>, value: &[u8]) -> Vec<u8> {
    let file = kind.map_or_else(String::new, |kind| {
        format!("; filename=\"a.bin\"\r\ncontent-type: {kind}")
    });
    let part = format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"{file}");
    let mut bytes = (part + "\r\n\r\n").into_bytes();
    bytes.extend(value);
    bytes.extend(b"\r\n");
    bytes
}

pub(super) fn form(fields: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = fields.concat();
    bytes.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    bytes
}

pub(super) struct Got {
    pub(super) status: u16,
    headers: axum::http::HeaderMap,
    pub(super) bytes: Vec<u8>,
}

impl Server {
    pub(super) async fn send_form(
        &self,
        (method, path, token): (&str, &str, &str),
        headers: &[(&str, &str)],
        fields: &[Vec<u8>],
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/acme/demo/{path}"))
            .header("host", "localhost")
            .header("authorization", format!("Bearer {token}"))
            .header(
                "content-type",
                format!("multipart/form-data; boundary={BOUNDARY}"),
            );
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(form(fields))).unwrap())
            .await
    }

    pub(super) async fn upload(
        &self,
        token: &str,
        headers: &[(&str, &str)],
        file: Vec<u8>,
    ) -> Answer {
        self.send_form(("POST", "chatfiles", token), headers, &[file])
            .await
    }

    pub(super) async fn fetch(&self, path: &str, headers: &[(&str, &str)]) -> Got {
        let mut request = Request::builder()
            .uri(format!("/acme/demo/{path}"))
            .header("host", "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Got {
            status,
            headers,
            bytes: bytes.to_vec(),
        }
    }
}

pub(super) fn id_of(answer: &Answer) -> String {
    let entity = &answer.ok()["entities"][0];
    entity["uuid"].as_str().unwrap().to_owned()
}

fn secret_of(answer: &Answer) -> Option<String> {
    let secret = answer.ok()["entities"][0]["share-secret"].as_str();
    secret.map(str::to_owned)
}

pub(super) fn files_in(folder: &TempDir) -> usize {
    std::fs::read_dir(folder.path()).unwrap().count()
}

#[tokio::test]
async fn a_file_comes_back_as_it_was() {
    let (server, _folder) = server().await;
    let alice = server.user("alice").await;
    let bytes: Vec<u8> = (0..3 * MIB)
        .map(|n| u8::try_from(n % 251).unwrap())
        .collect();
    let file = field("file", Some("application/pdf"), &bytes);
    let answer = server.upload(&alice, &[], file).await;
    assert_eq!(answer.json["entities"][0]["type"], "chatfile");
    assert_eq!(secret_of(&answer), None);
    let got = server
        .fetch(
            &format!("chatfiles/{}?em-redirect=true", id_of(&answer)),
            &[],
        )
        .await;
    assert_eq!(got.status, 200);
    assert!(got.bytes == bytes);
    let header = |name: &str| got.headers[name].to_str().unwrap();
    assert_eq!(header("content-type"), "application/pdf");
    assert_eq!(header("content-length"), bytes.len().to_string());
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("content-disposition"), "attachment");
    assert_eq!(header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_page_is_not_served_as_one() {
    let (server, _folder) = server().await;
    let alice = server.user("alice").await;
    let file = field("file", Some("text/html"), b"<script>alert(1)</script>");
    let id = id_of(&server.upload(&alice, &[], file).await);
    let got = server.fetch(&format!("chatfiles/{id}"), &[]).await;
    assert_eq!(got.headers["content-type"], "application/octet-stream");
}

#[tokio::test]
async fn a_restricted_file_needs_its_secret() {
    let (server, _folder) = server().await;
    let alice = server.user("alice").await;
    let file = || field("file", Some("text/plain"), b"for those who know");
    let answer = server
        .upload(&alice, &[("restrict-access", "true")], file())
        .await;
    let (path, secret) = (
        format!("chatfiles/{}", id_of(&answer)),
        secret_of(&answer).unwrap(),
    );
    for (path, headers) in [
        (path.clone(), vec![]),
        (path.clone(), vec![("share-secret", "wrong")]),
        (format!("{path}?share-secret={secret}x"), vec![]),
    ] {
        let got = server.fetch(&path, &headers).await;
        assert_eq!(got.status, 403);
        assert!(!String::from_utf8(got.bytes).unwrap().contains("know"));
    }
    let by_header = server
        .fetch(&path, &[("share-secret", secret.as_str())])
        .await;
    let by_query = server
        .fetch(
            &format!("{path}?em-redirect=true&share-secret={secret}"),
            &[],
        )
        .await;
    for got in [by_header, by_query] {
        assert_eq!(
            (got.status, got.bytes.as_slice()),
            (200, &b"for those who know"[..])
        );
    }
    let other = server
        .upload(&alice, &[("restrict-access", "true")], file())
        .await;
    assert_ne!(secret_of(&other).unwrap(), secret);
}

#[tokio::test]
async fn uploads_need_a_token_and_a_file() {
    let (server, folder) = server().await;
    let alice = server.user("alice").await;
    let file = field("file", Some("text/plain"), b"x");
    assert_eq!(server.upload("nobody", &[], file).await.status, 401);
    let other = field("other", None, b"x");
    server.upload(&alice, &[], other).await.refused(
        400,
        "Bad Request",
        "Required parameter 'file' is not present",
    );
    let answer = server
        .post("chatfiles", &alice, serde_json::json!({}))
        .await;
    answer.refused(400, "illegal_argument", "the body is no multipart form");
    let cut = [
        b"--".to_vec(),
        field("file", Some("text/plain"), &[7; 99])[..80].to_vec(),
    ]
    .concat();
    assert_eq!(server.upload(&alice, &[], cut).await.status, 400);
    assert_eq!(files_in(&folder), 0);
    let missing = "chatfiles/6ba7b810-9dad-41d1-80b4-00c04fd430c8";
    for path in [missing, "chatfiles/x", "chatfiles/..%2f..%2fetc"] {
        let got = server.fetch(path, &[]).await;
        let json: serde_json::Value = serde_json::from_slice(&got.bytes).unwrap();
        assert_eq!((got.status, &json["code"]), (404, &"file_not_found".into()));
    }
}

#[tokio::test]
async fn too_large_a_file_is_refused_and_nothing_stays() {
    let (server, folder) = server().await;
    let alice = server.user("alice").await;
    let most = usize::try_from(FILE_BYTES_MAX).unwrap();
    let text = format!("the file is larger than {FILE_BYTES_MAX} bytes");
    // A byte too many is found while it is read; a length that says so before is not read at all.
    let file = field("file", Some("text/plain"), &vec![1; most + 1]);
    let answer = server.upload(&alice, &[], file).await;
    answer.refused(413, "request_entity_too_large", &text);
    let headers = [("content-length", "20000000")];
    let file = field("file", Some("text/plain"), b"x");
    let answer = server.upload(&alice, &headers, file).await;
    answer.refused(413, "request_entity_too_large", &text);
    server.service.remove_files().await.unwrap();
    assert_eq!(files_in(&folder), 0);
    let file = field("file", Some("text/plain"), &vec![1; most]);
    server.upload(&alice, &[], file).await.ok();
    assert_eq!(files_in(&folder), 1);
}

#[tokio::test]
async fn a_stretch_of_a_file_can_be_had() {
    let (server, _folder) = server().await;
    let alice = server.user("alice").await;
    let file = field("file", Some("video/mp4"), b"0123456789");
    let path = format!(
        "chatfiles/{}",
        id_of(&server.upload(&alice, &[], file).await)
    );
    let got = server.fetch(&path, &[("range", "bytes=2-4")]).await;
    assert_eq!((got.status, got.bytes.as_slice()), (206, &b"234"[..]));
    assert_eq!(got.headers["content-range"], "bytes 2-4/10");
    assert_eq!(got.headers["content-length"], "3");
    let got = server.fetch(&path, &[("range", "bytes=20-")]).await;
    assert_eq!(got.status, 416);
    assert_eq!(got.headers["content-range"], "bytes */10");
    let json: serde_json::Value = serde_json::from_slice(&got.bytes).unwrap();
    assert_eq!(json["error_description"], "the file has no such range");
}

#[tokio::test]
async fn a_video_has_no_picture_in_it() {
    let (server, _folder) = server().await;
    let alice = server.user("alice").await;
    let file = field("file", Some("video/mp4"), b"0123456789");
    let id = id_of(&server.upload(&alice, &[], file).await);
    server
        .get(&format!("chatfiles/{id}?em-redirect=true&vframe=true"), "")
        .await
        .refused(
            404,
            "resource_not_found",
            "there is no picture of the video; its sender uploads one",
        );
    let path = format!("chatfiles/{id}?vframe=false");
    assert_eq!(server.fetch(&path, &[]).await.bytes, b"0123456789");
}

#[tokio::test]
async fn a_picture_has_a_small_one() {
    let (server, _folder) = server().await;
    let alice = server.user("alice").await;
    let picture = image::RgbImage::from_pixel(800, 400, image::Rgb([9, 99, 199]));
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let png = png.into_inner();
    let file = field("file", Some("image/png"), &png);
    let path = format!(
        "chatfiles/{}",
        id_of(&server.upload(&alice, &[], file).await)
    );
    let small = server.fetch(&path, &[("thumbnail", "true")]).await;
    assert_eq!(small.headers["content-type"], "image/jpeg");
    let small = image::load_from_memory(&small.bytes).unwrap();
    assert_eq!((small.width(), small.height()), (200, 100));
    let query = server.fetch(&format!("{path}?thumbnail=true"), &[]).await;
    assert_eq!(query.headers["content-type"], "image/jpeg");
    let whole = server.fetch(&path, &[("thumbnail", "false")]).await;
    assert_eq!(whole.headers["content-type"], "image/png");
    assert!(whole.bytes == png);
    // What is no picture, whatever it says, is given as it is.
    let file = field("file", Some("image/png"), b"no picture");
    let path = format!(
        "chatfiles/{}",
        id_of(&server.upload(&alice, &[], file).await)
    );
    let got = server.fetch(&path, &[("thumbnail", "true")]).await;
    assert_eq!(got.bytes, b"no picture");
}

#[tokio::test]
async fn a_picture_that_does_not_say_so_has_a_small_one() {
    let (server, _folder) = server().await;
    let alice = server.user("alice").await;
    let mut png = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(800, 400, image::Rgb([9, 99, 199]));
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let png = png.into_inner();
    for claimed in [None, Some("application/octet-stream"), Some("image/jpg")] {
        let file = field("file", claimed, &png);
        let id = id_of(&server.upload(&alice, &[], file).await);
        is_picture(&server, &id).await;
    }
    let answer = server.post("sdk/chatfiles/part-upload", &alice, serde_json::json!({}));
    let path = format!("sdk/chatfiles/part-upload/{}", id_of(&answer.await));
    let fields = [
        field("part_number", None, b"1"),
        field("part_file", Some("application/octet-stream"), &png),
    ];
    let put = server.send_form(("PUT", path.as_str(), &alice), &[], &fields);
    put.await.ok();
    let joined = server.post(&path, &alice, serde_json::json!({})).await;
    is_picture(&server, &id_of(&joined)).await;
}

/// A file is served as a PNG, and has a small one.
async fn is_picture(server: &Server, id: &str) {
    let whole = server.fetch(&format!("chatfiles/{id}"), &[]).await;
    assert_eq!(whole.headers["content-type"], "image/png");
    let path = format!("chatfiles/{id}?thumbnail=true");
    let small = server.fetch(&path, &[]).await;
    assert_eq!(small.headers["content-type"], "image/jpeg");
    let small = image::load_from_memory(&small.bytes).unwrap();
    assert_eq!((small.width(), small.height()), (200, 100));
}

#[tokio::test]
async fn parts_become_a_file() {
    let (server, folder) = server().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let part_bytes = usize::try_from(FILE_PART_BYTES).unwrap();
    let begin = || server.post("sdk/chatfiles/part-upload", &alice, serde_json::json!({}));
    let answer = begin().await;
    let entity = &answer.ok()["entities"][0];
    assert_eq!(entity["file_upper_limit"], FILE_BYTES_MAX);
    assert_eq!(entity["part_lower_limit"], FILE_PART_BYTES);
    let path = format!("sdk/chatfiles/part-upload/{}", id_of(&answer));
    let (first, last) = (vec![1; part_bytes], vec![2; 1000]);
    let file = |bytes: &[u8]| field("part_file", Some("application/octet-stream"), bytes);
    let number = |n: u32| field("part_number", None, n.to_string().as_bytes());
    // In any order of the parts, and of the fields.
    let put = |token: &str, fields: &[Vec<u8>]| {
        let (server, path): (&Server, &str) = (&server, &path);
        let (token, fields) = (token.to_owned(), fields.to_vec());
        async move { server.send_form(("PUT", path, &token), &[], &fields).await }
    };
    put(&alice, &[number(2), file(&last)]).await.ok();
    server
        .post(&path, &alice, serde_json::json!({}))
        .await
        .refused(400, "illegal_argument", "parts of the file are missing");
    put(&alice, &[file(&first), number(1)]).await.ok();
    assert_eq!(put(&bob, &[number(1), file(b"mine")]).await.status, 404);
    assert_eq!(put(&alice, &[number(11), file(b"x")]).await.status, 400);
    assert_eq!(put(&alice, &[file(b"x")]).await.status, 400);
    assert_eq!(put(&alice, &[number(3)]).await.status, 400);
    assert_eq!(
        put(&alice, &[number(3), file(&vec![3; part_bytes + 1])])
            .await
            .status,
        413
    );
    let joined = server
        .post(
            &format!("{path}?restrict-access=true"),
            &alice,
            serde_json::json!({}),
        )
        .await;
    let secret = secret_of(&joined).unwrap();
    let got = server
        .fetch(
            &format!("chatfiles/{}?share-secret={secret}", id_of(&joined)),
            &[],
        )
        .await;
    assert!(got.bytes == [first, last].concat());
    let again = server.post(&path, &alice, serde_json::json!({})).await;
    assert_eq!(again.status, 404, "it is whole");
    let given_up = id_of(&begin().await);
    let path = format!("sdk/chatfiles/part-upload/{given_up}");
    server
        .send_form(("PUT", &path, &alice), &[], &[number(1), file(b"x")])
        .await
        .ok();
    assert_eq!(files_in(&folder), 2);
    server.delete(&path, &bob).await.ok();
    assert!(!server.service.remove_files().await.unwrap());
    assert_eq!(files_in(&folder), 2, "only who began it");
    server.delete(&path, &alice).await.ok();
    server.delete(&path, &alice).await.ok();
    server.service.remove_files().await.unwrap();
    assert_eq!(files_in(&folder), 1);
}
