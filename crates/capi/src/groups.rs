//! Groups. All of it needs the server.

use crate::call::{Answer, call, within};
use crate::client::{Inner, LacunaClient};
use crate::described::user;
use crate::results::{LacunaDone, LacunaGroupsDone, LacunaMembersDone, LacunaTextDone};
use crate::text::{Text, texts};
use lacuna_sdk::{Error, ErrorCode, GroupId, Name, NewGroup, Result, Target};
use std::ffi::{c_char, c_void};

/// A group to create.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaNewGroup {
    /// Its name, at most 128 characters.
    pub name: *const c_char,
    /// What it is about, at most 512 characters; may be NULL.
    pub description: *const c_char,
    /// Who is in it beside its owner, `member_count` names; may be NULL.
    pub members: *const *const c_char,
    /// How many.
    pub member_count: usize,
    /// Whether anybody may join it.
    pub is_public: bool,
    /// Whether members may invite others.
    pub member_invites: bool,
    /// Members at most; zero or less for the server's usual number.
    pub members_max: i32,
}

/// Creates a group that the user owns. `done` is given its id. 201, 4, 110, 204, 300, 301.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_create_group(
    client: *const LacunaClient,
    group: *const LacunaNewGroup,
    mode: i32,
    context: *mut c_void,
    done: LacunaTextDone,
) -> i32 {
    // SAFETY: a group as the contract says.
    let group = unsafe { read(group) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            inner.me()?;
            let id = inner.sdk.groups().create(group?).await?;
            Ok(Some(id.as_str().to_owned()))
        },
    )
}

/// # Safety
/// NULL, or a group whose pointers are NULL or good for the call.
unsafe fn read(group: *const LacunaNewGroup) -> Result<NewGroup> {
    // SAFETY: the caller vouches for it.
    let group = unsafe { group.as_ref() };
    let group = group.ok_or_else(|| crate::text::invalid("the group is NULL"))?;
    // SAFETY: as above.
    let (name, description, members) = unsafe {
        (
            Text::new(group.name),
            Text::new(group.description),
            texts(group.members, group.member_count)?,
        )
    };
    Ok(NewGroup {
        name: name.or_empty()?,
        description: description.or_empty()?,
        members: names(&members)?,
        public: group.is_public,
        member_invites: group.member_invites,
        members_max: u32::try_from(group.members_max).ok().filter(|max| *max > 0),
    })
}

fn names(texts: &[String]) -> Result<Vec<Name>> {
    texts.iter().map(|name| user(name)).collect()
}

/// A group's id. 606 for none.
fn group_id(id: Text) -> Result<GroupId> {
    let id = id
        .filled()?
        .ok_or_else(|| Error::new(ErrorCode::GroupNotFound, "the group has no id"))?;
    Ok(GroupId::new(&id))
}

/// A group, as a list of one. 201, 300, 301, 606.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_group(
    client: *const LacunaClient,
    group: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaGroupsDone,
) -> i32 {
    // SAFETY: a text as the contract says.
    let group = unsafe { Text::new(group) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            inner.me()?;
            let group = inner.sdk.groups().group(&group_id(group)?).await?;
            Ok(vec![group])
        },
    )
}

/// The groups that the user is in. 201, 300, 301.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_joined_groups(
    client: *const LacunaClient,
    mode: i32,
    context: *mut c_void,
    done: LacunaGroupsDone,
) -> i32 {
    call(client, Answer::new(mode, context, done), async |inner| {
        inner.sdk.groups().joined().await
    })
}

/// A page of a group's members, from page 1, of at most 1,000. 201, 110, 300, 301, 606.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_group_members(
    client: *const LacunaClient,
    group: *const c_char,
    page: i32,
    page_size: i32,
    mode: i32,
    context: *mut c_void,
    done: LacunaMembersDone,
) -> i32 {
    // SAFETY: a text as the contract says.
    let group = unsafe { Text::new(group) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            inner.me()?;
            let positive = |number: i32| usize::try_from(number).unwrap_or_default();
            let (page, size) = (positive(page), positive(page_size));
            let groups = inner.sdk.groups();
            groups.members(&group_id(group)?, page, size).await
        },
    )
}

/// Joins a public group. 201, 300, 301, 601, 603, 604, 606.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_join_group(
    client: *const LacunaClient,
    group: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: a text as the contract says.
    let group = unsafe { Text::new(group) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            inner.me()?;
            in_group(inner.sdk.groups().join(&group_id(group)?).await)
        },
    )
}

/// Leaves a group. 201, 300, 301, 602, 606; 603 for its owner.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_leave_group(
    client: *const LacunaClient,
    group: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: a text as the contract says.
    let group = unsafe { Text::new(group) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            inner.me()?;
            let group = group_id(group)?;
            in_group(inner.sdk.groups().leave(&group).await)?;
            within(&inner, move |inner| {
                inner.left_group(&group);
                Ok(())
            })
            .await
        },
    )
}

/// Dismisses a group that the user owns. 201, 300, 301, 603, 606.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_destroy_group(
    client: *const LacunaClient,
    group: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: a text as the contract says.
    let group = unsafe { Text::new(group) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            inner.me()?;
            let group = group_id(group)?;
            in_group(inner.sdk.groups().destroy(&group).await)?;
            within(&inner, move |inner| {
                inner.left_group(&group);
                Ok(())
            })
            .await
        },
    )
}

/// Invites users into a group, `count` names. 201, 110, 204, 300, 301, 602, 603, 604, 606.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_invite_to_group(
    client: *const LacunaClient,
    group: *const c_char,
    users: *const *const c_char,
    count: usize,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: texts as the contract says.
    let (group, users) = unsafe { (Text::new(group), texts(users, count)) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            inner.me()?;
            let (group, users) = (group_id(group)?, names(&users?)?);
            in_group(inner.sdk.groups().invite(&group, &users).await)
        },
    )
}

/// Removes users from a group that the user owns, `count` names. 201, 110, 300, 301, 602, 603, 606.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_kick_from_group(
    client: *const LacunaClient,
    group: *const c_char,
    users: *const *const c_char,
    count: usize,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: texts as the contract says.
    let (group, users) = unsafe { (Text::new(group), texts(users, count)) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            inner.me()?;
            let (group, users) = (group_id(group)?, names(&users?)?);
            in_group(inner.sdk.groups().kick(&group, &users).await)
        },
    )
}

/// What a user may not do in a group has a number of its own in the API of these clients.
fn in_group<T>(done: Result<T>) -> Result<T> {
    done.map_err(|error| {
        if error.code() == ErrorCode::PermissionDenied {
            return Error::new(ErrorCode::GroupNotAllowed, error.text().to_owned());
        }
        error
    })
}

impl Inner {
    /// The user is no longer in a group: its messages go from this device, if the app wants that. The server keeps them.
    pub(crate) fn left_group(&self, group: &GroupId) {
        if !self.delete_on_leaving_group {
            return;
        }
        let target = Target::Group(group.clone());
        if let Err(error) = self.sdk.chat().delete_conversations(&[target], true) {
            tracing::warn!(%error, "the messages of a group that was left could not be deleted");
        }
    }
}
