//! Attachments: uploaded whole or in parts, and downloaded.

use super::extract::{Call, Caller};
use super::params::Params;
use super::ranges::{Asked, asked};
use super::route::{Routes, Who, op};
use super::schema::{flag, text};
use crate::service::{BYTES_TYPE, FileOptions, Refusal, Reply, Service, Uploaded, Uploader};
use crate::storage::Object;
use axum::Json;
use axum::body::Body;
use axum::extract::multipart::{Field, Multipart, MultipartRejection};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::handler::Handler as _;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt as _;
use lacuna_domain::limits::{FILE_BYTES_MAX, FILE_PART_BYTES, UPLOAD_IDLE_MS};
use lacuna_domain::{ErrorCode, FileId};
use lacuna_store::FileContent;
use serde_json::{Value, json};
use std::time::Duration;

/// Bytes that a form may have beside the file.
const FORM_BYTES: usize = 64 * 1024;
/// Bytes of a body too large that are let pass, so that its sender gets to the answer.
const DRAINED_BYTES_MAX: u64 = 8 * FILE_BYTES_MAX;
/// What an upload comes in.
pub(super) const FORM: &str = "multipart/form-data";
const SECRET: &str = "share-secret";
const RESTRICT: &str = "restrict-access";
/// What asks for a picture out of a video.
const FRAME: &str = "vframe";
/// What a browser may be told that a file is. None of them runs in it; what else a file says that it is, it is bytes.
const CONTENT_TYPES: [&str; 22] = [
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "image/bmp",
    "image/heic",
    "image/avif",
    "audio/amr",
    "audio/aac",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/webm",
    "video/3gpp",
    "video/mp4",
    "video/mpeg",
    "video/quicktime",
    "video/webm",
    "application/pdf",
    "application/zip",
    "text/plain",
];

/// The routes of this file.
#[rustfmt::skip] // a route is a row, so that all of them are seen at once
pub(super) fn routes(t: &mut Routes) {
    let whole = upload.layer(upload_limit());
    let part = part.layer(DefaultBodyLimit::max(form_bytes(FILE_PART_BYTES)));
    t.post("chatfiles", whole, op("files.upload", "Uploads a file", Who::Caller).query([flag(RESTRICT)]).takes(FORM));
    t.get("chatfiles/{file}", download, op("files.download", "Downloads a file", Who::Anybody).query([text(SECRET), flag("thumbnail"), flag(FRAME)])
        .gives(BYTES_TYPE).also([206, 403, 404, 416]));
    t.post("sdk/chatfiles/part-upload", begin, op("files.begin", "Begins a file that comes in parts", Who::Caller));
    t.put("sdk/chatfiles/part-upload/{file}", part, op("files.part", "Uploads a part of a file", Who::Caller).takes(FORM));
    t.post("sdk/chatfiles/part-upload/{file}", join, op("files.join", "Makes a file of its parts", Who::Caller).query([flag(RESTRICT)]));
    t.delete("sdk/chatfiles/part-upload/{file}", abort, op("files.abort", "Gives up a file that comes in parts", Who::Caller));
}

/// How long the body of an upload may be.
pub(super) fn upload_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(form_bytes(FILE_BYTES_MAX))
}

fn form_bytes(file: u64) -> usize {
    usize::try_from(file).map_or(usize::MAX, |file| file.saturating_add(FORM_BYTES))
}

/// A form, not read yet.
#[derive(Debug)]
pub(super) struct Form(Multipart);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Reply<Self> {
        let length = request.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        // Refused before it is read: no form with one file is that long.
        if let Some(length) = length.filter(|length| *length > form_bytes(FILE_BYTES_MAX)) {
            if length <= form_bytes(DRAINED_BYTES_MAX) {
                drain(request.into_body()).await;
            }
            return Err(too_large());
        }
        let form = Multipart::from_request(request, state).await;
        form.map(Self)
            .map_err(|_: MultipartRejection| Refusal::illegal("the body is no multipart form"))
    }
}

/// Lets a body pass that nobody wants: a client that still writes when the connection is closed never reads the answer.
async fn drain(body: Body) {
    let mut bytes = body.into_data_stream();
    let idle = Duration::from_millis(UPLOAD_IDLE_MS);
    while let Ok(Some(Ok(_))) = tokio::time::timeout(idle, bytes.next()).await {}
}

impl Form {
    pub(super) async fn next(&mut self) -> Reply<Option<Field<'_>>> {
        self.0.next_field().await.map_err(|error| {
            if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
                too_large()
            } else {
                Refusal::illegal("the upload was cut short, or is no multipart form")
            }
        })
    }
}

impl Form {
    /// Lets the rest of the form pass, which is little more than one file: a client that still writes when the connection is
    /// closed never reads the answer.
    pub(super) async fn rest(mut self) {
        while let Ok(Some(_)) = self.next().await {}
    }
}

fn too_large() -> Refusal {
    let text = format!("the file is larger than {FILE_BYTES_MAX} bytes");
    Refusal::new(ErrorCode::BodyTooLarge, "request_entity_too_large", text)
}

pub(super) fn uploader(caller: &Caller) -> Uploader {
    Uploader {
        app: caller.call.app.id,
        account: caller.user.as_ref().map(|user| user.account.id),
    }
}

fn file_of(call: &Call) -> Reply<FileId> {
    FileId::parse(call.part("file")).ok_or_else(|| {
        let text = format!("there is no file {}", call.part("file"));
        Refusal::new(ErrorCode::FileNotFound, "resource_not_found", text)
    })
}

fn is_true(headers: &HeaderMap, params: &Params, name: &str) -> bool {
    let header = headers.get(name).and_then(|value| value.to_str().ok());
    header
        .or_else(|| params.text(name))
        .is_some_and(|text| text.trim().eq_ignore_ascii_case("true"))
}

pub(super) fn content_type(claimed: Option<&str>) -> String {
    let claimed = claimed.unwrap_or_default();
    let kind = claimed.split(';').next().unwrap_or_default().trim();
    let known = CONTENT_TYPES
        .iter()
        .find(|known| kind.eq_ignore_ascii_case(known));
    (*known.unwrap_or(&BYTES_TYPE)).to_owned()
}

fn uploaded(caller: &Caller, file: &Uploaded) -> Json<Value> {
    let mut entity = json!({"uuid": file.id.to_string(), "type": "chatfile"});
    if let (Some(fields), Some(secret)) = (entity.as_object_mut(), &file.secret) {
        fields.insert(SECRET.to_owned(), secret.as_str().into());
    }
    caller.call.answer(json!({"entities": [entity]}))
}

/// Takes a file: the part `file` of the form.
async fn upload(
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    mut form: Form,
) -> Reply<Json<Value>> {
    let restricted = is_true(&headers, &params, RESTRICT);
    while let Some(field) = form.next().await? {
        if field.name() != Some("file") {
            continue;
        }
        let options = FileOptions {
            content_type: content_type(field.content_type()),
            restricted,
        };
        let service = &caller.call.service;
        let file = service.upload_file(uploader(&caller), options, field).await;
        form.rest().await;
        return Ok(uploaded(&caller, &file?));
    }
    Err(Refusal::missing("file"))
}

/// Begins a file that comes in parts.
async fn begin(caller: Caller) -> Reply<Json<Value>> {
    let id = caller.call.service.begin_file(uploader(&caller)).await?;
    let entity = json!({
        "uuid": id.to_string(),
        "file_upper_limit": FILE_BYTES_MAX,
        "part_lower_limit": FILE_PART_BYTES,
    });
    Ok(caller.call.answer(json!({"entities": [entity]})))
}

/// Takes a part: `part_file` and `part_number` of the form, in any order.
async fn part(caller: Caller, mut form: Form) -> Reply<Json<Value>> {
    let id = file_of(&caller.call)?;
    let service = &caller.call.service;
    let (mut number, mut kept) = (None, None::<Bytes>);
    let mut done = false;
    while let Some(field) = form.next().await? {
        match (field.name(), number) {
            (Some("part_number"), None) => {
                let text = field.text().await.unwrap_or_default();
                let parsed = text.trim().parse::<u32>();
                number = Some(parsed.map_err(|_| super::params::not_legal("part_number"))?);
            }
            (Some("part_file"), Some(number)) => {
                service
                    .upload_part(uploader(&caller), (id, number), field)
                    .await?;
                done = true;
            }
            // It came before its number: a part is small enough to wait in memory.
            (Some("part_file"), None) => {
                kept = Some(field.bytes().await.map_err(|_| too_large())?);
            }
            _ => {}
        }
    }
    let number = number.ok_or_else(|| Refusal::missing("part_number"))?;
    if let Some(bytes) = kept {
        let bytes = futures_util::stream::iter([Ok::<_, std::io::Error>(bytes)]);
        service
            .upload_part(uploader(&caller), (id, number), bytes)
            .await?;
        done = true;
    }
    if done {
        Ok(caller.call.data(json!({})))
    } else {
        Err(Refusal::missing("part_file"))
    }
}

/// Makes a file of its parts.
async fn join(caller: Caller, params: Params, headers: HeaderMap) -> Reply<Json<Value>> {
    let id = file_of(&caller.call)?;
    let options = FileOptions {
        content_type: BYTES_TYPE.to_owned(),
        restricted: is_true(&headers, &params, RESTRICT),
    };
    let service = &caller.call.service;
    let file = service.join_file(uploader(&caller), id, options).await?;
    Ok(uploaded(&caller, &file))
}

/// Gives a file in parts up.
async fn abort(caller: Caller) -> Reply<Json<Value>> {
    let id = file_of(&caller.call)?;
    caller
        .call
        .service
        .abort_file(uploader(&caller), id)
        .await?;
    Ok(caller.call.data(json!({})))
}

/// Gives a file, or a stretch of it, to whoever knows its id and, if it is restricted, its share secret: pages show pictures
/// without a token.
async fn download(call: Call, params: Params, headers: HeaderMap) -> Reply<Response> {
    let id = file_of(&call)?;
    let secret = headers.get(SECRET).and_then(|value| value.to_str().ok());
    let secret = secret.or_else(|| params.text(SECRET));
    let content = call.service.shared_file(call.app.id, id, secret).await?;
    give(&call.service, (id, content), &headers, &params).await
}

/// Gives a file, a stretch of it, or the small picture of it, as it is asked for. Nobody who wants a picture out of a video is
/// given the whole of it: there is none.
pub(super) async fn give(
    service: &Service,
    (id, content): (FileId, FileContent),
    headers: &HeaderMap,
    params: &Params,
) -> Reply<Response> {
    if is_true(headers, params, FRAME) {
        let text = "there is no picture of the video; its sender uploads one";
        return Err(Refusal::new(
            ErrorCode::FileNotFound,
            "resource_not_found",
            text,
        ));
    }
    let small = content.thumbnail && is_true(headers, params, "thumbnail");
    let storage = service.storage().await?;
    if small {
        let reading = storage.get(id, Object::Thumbnail, None).await?;
        let (bytes, body) = (reading.bytes, Body::from_stream(reading.stream));
        return Ok(file_response(StatusCode::OK, "image/jpeg", bytes, body));
    }
    let size = content.bytes;
    let range = match asked(headers, size) {
        Asked::All => None,
        Asked::Some(range) => Some(range),
        Asked::Nothing => {
            let mut response = Refusal::illegal("the file has no such range").into_response();
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            insert(&mut response, CONTENT_RANGE, &format!("bytes */{size}"));
            return Ok(response);
        }
    };
    let reading = storage.get(id, Object::Whole, range.clone()).await?;
    let body = Body::from_stream(reading.stream);
    let kind = content.content_type.as_str();
    Ok(match range {
        None => file_response(StatusCode::OK, kind, size, body),
        Some(range) => {
            let bytes = range.end - range.start;
            let mut response = file_response(StatusCode::PARTIAL_CONTENT, kind, bytes, body);
            let text = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            insert(&mut response, CONTENT_RANGE, &text);
            response
        }
    })
}

fn file_response(status: StatusCode, kind: &str, bytes: u64, body: Body) -> Response {
    let mut response = (status, body).into_response();
    insert(&mut response, CONTENT_TYPE, kind);
    insert(&mut response, CONTENT_LENGTH, &bytes.to_string());
    insert(&mut response, ACCEPT_RANGES, "bytes");
    insert(&mut response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    insert(&mut response, CONTENT_DISPOSITION, "attachment");
    // What is deleted must not live on in the caches on the way.
    insert(&mut response, CACHE_CONTROL, "no-store");
    response
}

fn insert(response: &mut Response, name: axum::http::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_run_in_a_browser_is_bytes() {
        let check = |claimed: Option<&str>, want: &str| {
            assert_eq!(content_type(claimed), want, "{claimed:?}");
        };
        check(Some("image/png"), "image/png");
        check(Some("Text/Plain; charset=utf-8"), "text/plain");
        for claimed in [
            "text/html",
            "image/svg+xml",
            "application/javascript",
            "",
            "x",
        ] {
            check(Some(claimed), BYTES_TYPE);
        }
        check(None, BYTES_TYPE);
    }
}
