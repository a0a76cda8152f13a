//! The devices of a user.

use crate::call::{Answer, call};
use crate::client::LacunaClient;
use crate::results::{LacunaDevicesDone, LacunaDone};
use crate::text::{Text, invalid};
use lacuna_sdk::Credential;
use std::ffi::{c_char, c_void};

fn credential(secret: &str, is_token: bool) -> Credential<'_> {
    if is_token {
        Credential::Token(secret)
    } else {
        Credential::Password(secret)
    }
}

/// The connected devices of a user, with the user's password or (`is_token`) token. Works without a login. 101, 104, 202, 204,
/// 300, 301.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_devices(
    client: *const LacunaClient,
    name: *const c_char,
    secret: *const c_char,
    is_token: bool,
    mode: i32,
    context: *mut c_void,
    done: LacunaDevicesDone,
) -> i32 {
    // SAFETY: texts as the contract says.
    let (name, secret) = unsafe { (Text::new(name), Text::new(secret)) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            let (name, secret) = (name.or_empty()?, secret.or_empty()?);
            inner
                .sdk
                .devices(&name, credential(&secret, is_token))
                .await
        },
    )
}

/// The connected devices of the user who is logged in, without this one. 201, 300, 301.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_other_devices(
    client: *const LacunaClient,
    mode: i32,
    context: *mut c_void,
    done: LacunaDevicesDone,
) -> i32 {
    call(client, Answer::new(mode, context, done), async |inner| {
        inner.sdk.other_devices().await
    })
}

/// Logs a device of a user out, or all of them if `resource` is NULL; they are told 217. Works without a login. 101, 104, 110,
/// 202, 204, 300, 301.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_kick_device(
    client: *const LacunaClient,
    name: *const c_char,
    secret: *const c_char,
    is_token: bool,
    resource: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    let all = resource.is_null();
    // SAFETY: texts as the contract says.
    let (name, secret, resource) =
        unsafe { (Text::new(name), Text::new(secret), Text::new(resource)) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            let (name, secret) = (name.or_empty()?, secret.or_empty()?);
            let credential = credential(&secret, is_token);
            if all {
                return inner.sdk.kick_all_devices(&name, credential).await;
            }
            let resource = resource.filled()?;
            let resource = resource.ok_or_else(|| invalid("the device has no name"))?;
            inner.sdk.kick_device(&name, credential, &resource).await
        },
    )
}
