//! Files that a group or a room shares.

use super::extract::Caller;
use super::files::{FORM, Form, content_type, give, upload_limit, uploader};
use super::params::Params;
use super::route::{Routes, Who, op};
use super::schema::whole;
use crate::service::{FileOptions, Refusal, Reply, Role, SharedFile};
use axum::Json;
use axum::handler::Handler as _;
use axum::http::HeaderMap;
use axum::response::Response;
use lacuna_domain::limits::SHARED_FILES_MAX;
use serde_json::{Value, json};

const PAGE_DEFAULT: usize = 10;

/// The routes of this file.
#[rustfmt::skip] // a route is a row, so that all of them are seen at once
pub(super) fn routes(t: &mut Routes) {
    for (kind, suffix) in [("chatgroups", ""), ("chatrooms", ".rooms")] {
        let at = |path: &str| format!("{kind}/{{group}}/share_files{path}");
        let act = |name: &str, summary| op(format!("shared_files.{name}{suffix}"), summary, Who::Caller);
        t.get(&at(""), list, act("list", "A page of shared files, the latest first").query([whole("pagenum"), whole("pagesize")]));
        t.post(&at(""), upload.layer(upload_limit()), act("upload", "Uploads a file and shares it").takes(FORM));
        t.get(&at("/{file}"), download, act("download", "Downloads a shared file").gives("application/octet-stream").also([206, 416]));
        t.delete(&at("/{file}"), remove, act("remove", "Deletes a shared file"));
    }
}

fn row(file: &SharedFile) -> Value {
    json!({
        "file_id": file.id,
        "file_name": file.name,
        "file_owner": file.owner,
        "file_size": file.bytes,
        "created": file.created.0,
    })
}

/// A page of shared files, the latest first; pages count from 1.
async fn list(caller: Caller, params: Params) -> Reply<Json<Value>> {
    let managed = caller.managed(Role::Member).await?;
    let limit = params.number("pagesize", PAGE_DEFAULT, 1, SHARED_FILES_MAX)?;
    let page = params.number("pagenum", 1, 0, usize::MAX)?;
    let files = caller.call.service.shared_files(&managed).await?;
    let skipped = page.saturating_sub(1).saturating_mul(limit);
    let rows: Vec<Value> = files.iter().skip(skipped).take(limit).map(row).collect();
    Ok(caller
        .call
        .answer(json!({"data": rows, "count": rows.len()})))
}

/// Takes a file, the part `file` of the form with its name, and shares it.
async fn upload(caller: Caller, mut form: Form) -> Reply<Json<Value>> {
    let managed = caller.managed(Role::Member).await?;
    while let Some(field) = form.next().await? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let options = FileOptions {
            content_type: content_type(field.content_type()),
            // The id alone, which every member has seen, must not give it to who is none any more.
            restricted: true,
        };
        let service = &caller.call.service;
        let file = service
            .share_file(&managed, uploader(&caller), (name, options), field)
            .await;
        form.rest().await;
        return Ok(caller.call.data(row(&file?)));
    }
    Err(Refusal::missing("file"))
}

/// Gives a shared file, or a stretch of it, to a member.
async fn download(caller: Caller, params: Params, headers: HeaderMap) -> Reply<Response> {
    let managed = caller.managed(Role::Member).await?;
    let (call, file) = (&caller.call, caller.call.part("file"));
    let (id, content) = call.service.group_file(&managed, file).await?;
    give(&call.service, (id, content), &headers, &params).await
}

async fn remove(caller: Caller) -> Reply<Json<Value>> {
    let managed = caller.managed(Role::Member).await?;
    let (call, file) = (&caller.call, caller.call.part("file"));
    call.service.remove_shared_file(&managed, file).await?;
    let id = call.part("group");
    Ok(call.data(json!({"result": true, "id": id, "group_id": id, "file_id": file})))
}
