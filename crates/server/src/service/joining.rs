//! Coming into a group by one's own wish or another's: applications and invitations.

use super::groups::{check_batch, coming, refusal};
use super::management::{GroupRef, Managed, Role};
use super::{Actor, Refusal, Reply, Service, muc};
use lacuna_domain::Name;
use lacuna_domain::limits::{GROUP_LIST_MAX, GROUP_REASON_CHARS_MAX};
use lacuna_proto::pb::muc_body::Operation;
use lacuna_store::{Error, Group, GroupAct, GroupChanged, RecordCheck, RecordKind};

impl Service {
    /// The caller wants to be in a group. One that is open lets it in; one that asks for approval tells its owner and admins,
    /// and keeps the application until it is answered. A second application changes nothing.
    pub async fn join_group(&self, actor: &Actor, which: GroupRef<'_>, message: &str) -> Reply<()> {
        let group = self.group_or_room(&actor.app, which).await?;
        let (name, id) = (actor.name(), which.id);
        if !group.settings.public {
            return Err(Refusal::forbidden(format!(
                "can not join this group, reason: group {id} needs an invitation"
            )));
        }
        let managed = self.as_outsider(actor, group).await?;
        if !managed.group.settings.members_only {
            self.come(&managed, name).await?;
            return Ok(());
        }
        check_reason(message)?;
        if managed.role >= Role::Member {
            return Err(refusal(
                Error::AlreadyMember(name.clone()),
                &managed.group,
                &managed.by,
            ));
        }
        let applied = managed.record(RecordKind::Applied, name);
        if self.has(&managed.group, RecordKind::Applied, name).await? {
            return Ok(());
        }
        let staff = self.staff_and(&managed.group, &[]).await?;
        let event = muc::with_reason(managed.event(Operation::Apply, name), message);
        let mut write = managed.write().put(applied, message.to_owned());
        write.limits = vec![(managed.owner(), RecordKind::Applied, GROUP_LIST_MAX)];
        let signals = vec![muc::to_only(staff, &event)];
        self.manage(&managed, GroupAct::Keep, signals, write)
            .await?;
        Ok(())
    }

    /// A group in the hands of somebody who need not be in it, but may come in.
    async fn as_outsider(&self, actor: &Actor, group: Group) -> Reply<Managed> {
        self.check_in_use(&group).await?;
        self.check_none_banned(&group, std::slice::from_ref(actor.name()))
            .await?;
        let role = self.role(&group, actor).await?;
        Ok(Managed {
            app: std::sync::Arc::clone(&actor.app),
            group,
            by: actor.sender(),
            role,
        })
    }

    /// Who acts comes in; the others are told, and its own other devices.
    async fn come(&self, managed: &Managed, name: &Name) -> Reply<GroupChanged> {
        let present = managed.event(Operation::Presence, name);
        let write = coming(&managed.app, &managed.group, std::slice::from_ref(name));
        let write = managed.tell_own(write, Operation::Join);
        let change = (
            GroupAct::Join(vec![name.clone()]),
            vec![muc::to_others(name, &present)],
            write,
        );
        self.change_group(&managed.app, &managed.group, managed.by.clone(), change)
            .await
    }

    /// Answers an application. If it is accepted the applicant is in, and the others are told too.
    pub async fn answer_application(
        &self,
        managed: &Managed,
        applicant: &Name,
        accepted: bool,
        reason: &str,
    ) -> Reply<()> {
        check_reason(reason)?;
        let applied = managed.record(RecordKind::Applied, applicant);
        if !self
            .has(&managed.group, RecordKind::Applied, applicant)
            .await?
        {
            return Err(Refusal::forbidden(format!(
                "user {applicant} has not applied to join this group"
            )));
        }
        if !accepted {
            let event = managed.event(Operation::ApplyDecline, applicant);
            let event = muc::with_reason(event, reason);
            let write = managed
                .write()
                .check(applied.clone(), RecordCheck::Present)
                .remove(applied);
            let write = self.tell(write, managed, applicant, &event).await?;
            self.manage(managed, GroupAct::Keep, Vec::new(), write)
                .await?;
            return Ok(());
        }
        let event = muc::with_reason(managed.event(Operation::ApplyAccept, applicant), reason);
        let (app, group) = (&managed.app, &managed.group);
        let present = muc::event(app, group, Operation::Presence, applicant, applicant);
        let signals = vec![
            muc::to_only(vec![applicant.clone()], &event),
            muc::to_others(applicant, &present),
        ];
        let write = coming(app, group, std::slice::from_ref(applicant))
            .check(applied, RecordCheck::Present);
        let act = GroupAct::Join(vec![applicant.clone()]);
        self.manage(managed, act, signals, write).await?;
        Ok(())
    }

    /// Invites users. They are in at once, unless the group asks for their consent: then they are told, and in when they say
    /// so. Who is invited already is not told again.
    pub async fn invite(&self, managed: &Managed, names: Vec<Name>) -> Reply<()> {
        check_batch(names.len())?;
        if managed.role < Role::Admin && !managed.group.settings.allow_invites {
            return Err(Refusal::forbidden(
                "only the owner and admins of this group may invite",
            ));
        }
        let by_user = managed.by.account.is_some();
        if !by_user || !managed.group.settings.invite_need_confirm {
            self.add_members(&managed.app, &managed.group.id, managed.by.clone(), names)
                .await?;
            return Ok(());
        }
        self.check_none_banned(&managed.group, &names).await?;
        let invited = self
            .named(&managed.group, RecordKind::Invited, &names)
            .await?;
        let mut write = managed.write();
        write.limits = vec![(managed.owner(), RecordKind::Invited, GROUP_LIST_MAX)];
        for (name, invited) in names.iter().zip(invited) {
            let account = self.store.account(managed.app.id, name).await?;
            let account = account.ok_or_else(|| Error::NoAccount(name.clone()))?;
            if self
                .is_member(account.id, managed.group.conversation)
                .await?
            {
                return Err(refusal(
                    Error::AlreadyMember(name.clone()),
                    &managed.group,
                    &managed.by,
                ));
            }
            if invited {
                continue;
            }
            let mut event = managed.event(Operation::Invite, name);
            event.muc_name = Some(managed.group.settings.name.clone());
            let inviter = managed.by.name.as_str().to_owned();
            write = write.put(managed.record(RecordKind::Invited, name), inviter);
            write = self.tell(write, managed, name, &event).await?;
        }
        self.manage(managed, GroupAct::Keep, Vec::new(), write)
            .await?;
        Ok(())
    }

    /// Answers an invitation to the caller. Who invited it is told; if it accepts it is in, and the others are told too, its own
    /// other devices among them.
    pub async fn answer_invitation(
        &self,
        actor: &Actor,
        which: GroupRef<'_>,
        accepted: bool,
    ) -> Reply<()> {
        let group = self.group_or_room(&actor.app, which).await?;
        let managed = self.as_outsider(actor, group).await?;
        let name = actor.name();
        let invited = managed.record(RecordKind::Invited, name);
        let found = self
            .store
            .record(vec![invited.clone()], self.clock.now())
            .await?;
        let Some(found) = found.into_iter().flatten().next() else {
            return Err(Refusal::forbidden(format!(
                "user {name} is not invited to this group"
            )));
        };
        let inviter = std::str::from_utf8(&found.value).ok();
        let inviter = inviter.and_then(|inviter| Name::new(inviter).ok());
        let (operation, mut write) = if accepted {
            let write = coming(&managed.app, &managed.group, std::slice::from_ref(name));
            let write = managed.tell_own(write, Operation::Join);
            (Operation::InviteAccept, write)
        } else {
            let write = managed.write().remove(invited.clone());
            (Operation::InviteDecline, write)
        };
        write = write.check(invited, RecordCheck::Present);
        if let Some(inviter) = inviter {
            let event = managed.event(operation, &inviter);
            write = self.tell(write, &managed, &inviter, &event).await?;
        }
        let (act, signals) = if accepted {
            let present = managed.event(Operation::Presence, name);
            let signals = vec![muc::to_others(name, &present)];
            (GroupAct::Join(vec![name.clone()]), signals)
        } else {
            (GroupAct::Keep, Vec::new())
        };
        let change = (act, signals, write);
        self.change_group(&managed.app, &managed.group, managed.by.clone(), change)
            .await?;
        Ok(())
    }
}

fn check_reason(reason: &str) -> Reply<()> {
    if reason.chars().count() > GROUP_REASON_CHARS_MAX {
        return Err(Refusal::invalid("reason is too long"));
    }
    Ok(())
}
