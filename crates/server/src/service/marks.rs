//! Marks of conversations: up to twenty kinds, of one account alone.

use super::{Actor, Refusal, Reply, Service};
use lacuna_domain::limits::{CONVERSATION_PAGE_MAX, MARK_BATCH_MAX, MARK_MAX, MARKS_MAX};
use lacuna_domain::{ConversationId, DeviceId, Target};
use lacuna_proto::{chat_type, notify_body};
use lacuna_store::{
    ConversationCursor, ConversationPage, ConversationQuery, NewEvent, RecordId, RecordKind,
    RecordOwner, RecordQuery, RecordWrite, mark_key,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The marks of an account's conversations.
#[derive(Clone, Debug, Default)]
pub struct Marks(BTreeMap<String, Vec<u8>>);

impl Marks {
    /// The marks of a conversation, in order.
    #[must_use]
    pub fn of(&self, target: &Target) -> &[u8] {
        self.0.get(target.id()).map_or(&[], Vec::as_slice)
    }
}

impl Service {
    /// Marks conversations, or takes the mark away; the actor's other devices are told.
    pub async fn mark(
        &self,
        actor: &Actor,
        targets: &[Target],
        mark: u8,
        (set, resource): (bool, &str),
    ) -> Reply<()> {
        if mark > MARK_MAX || targets.is_empty() || targets.len() > MARK_BATCH_MAX {
            return Err(Refusal::illegal(format!(
                "a mark is 0 to {MARK_MAX}, for 1 to {MARK_BATCH_MAX} conversations"
            )));
        }
        if set {
            for target in targets {
                self.check_listed(&actor.app, target).await?;
            }
        }
        let owner = RecordOwner::Account(actor.id());
        let mut write = RecordWrite::new(actor.app.id);
        write.limits.push((owner, RecordKind::Mark, MARKS_MAX));
        for target in targets {
            let id = RecordId::new(owner, RecordKind::Mark, mark_key(mark, target));
            let op = if set { "mark" } else { "mark_delete" };
            let body = notify_body(&json!({"type": "conv", "data": {
                "op": op, "id": target.id(), "type": chat_type(target), "from": actor.account.profile.display, "res": resource,
                "ts": self.clock.now().0, "ext": format!("mark_{mark}"),
            }}));
            let device = if resource.is_empty() {
                DeviceId::NONE
            } else {
                actor.device
            };
            write = if set {
                write.put(id, "")
            } else {
                write.remove(id)
            };
            write = write.tell(actor.id(), NewEvent { device, body });
        }
        for (account, version) in self.store.write_records(write, self.clock.now()).await? {
            self.delivery
                .publish_events(account, version, lacuna_domain::Pos::ZERO);
        }
        Ok(())
    }

    /// Every mark of the actor's conversations.
    pub async fn marks(&self, actor: &Actor) -> Reply<Marks> {
        let query = RecordQuery {
            owner: RecordOwner::Account(actor.id()),
            kind: RecordKind::Mark,
            after: None,
            limit: MARKS_MAX,
        };
        let mut marks = Marks::default();
        for record in self.store.records(query, self.clock.now()).await? {
            if let Some((mark, id)) = record.key.split_at_checked(2)
                && let Ok(mark) = mark.parse()
            {
                marks.0.entry(id.to_owned()).or_default().push(mark);
            }
        }
        Ok(marks)
    }

    /// A page of the conversations that have a mark. Pages of the list are read until there are enough, or it ends.
    pub async fn marked_conversations(
        &self,
        actor: &Actor,
        mark: u8,
        cursor: Option<ConversationCursor>,
        limit: usize,
    ) -> Reply<ConversationPage> {
        let marks = self.marks(actor).await?;
        let wanted: BTreeSet<&str> = marks
            .0
            .iter()
            .filter(|(_, of)| of.contains(&mark))
            .map(|(id, _)| id.as_str())
            .collect();
        let mut page = ConversationPage {
            rows: Vec::new(),
            next: None,
        };
        let mut query = ConversationQuery {
            account: actor.id(),
            pinned_only: false,
            with_empty: true,
            cursor,
            limit: CONVERSATION_PAGE_MAX,
        };
        while !wanted.is_empty() {
            let read = self.store.conversations(query.clone()).await?;
            for row in read.rows {
                if !wanted.contains(row.target.id()) {
                    continue;
                }
                if page.rows.len() >= limit {
                    page.next = page.rows.last().map(cursor_of);
                    return Ok(page);
                }
                page.rows.push(row);
            }
            match read.next {
                Some(next) => query.cursor = Some(next),
                None => break,
            }
        }
        Ok(page)
    }

    /// Takes every mark off a conversation, as its deletion does.
    pub(super) async fn unmark(&self, actor: &Actor, target: &Target) -> Reply<()> {
        let marks = self.marks(actor).await?;
        let owner = RecordOwner::Account(actor.id());
        let ids = marks
            .of(target)
            .iter()
            .map(|mark| RecordId::new(owner, RecordKind::Mark, mark_key(*mark, target)));
        let write = ids.fold(RecordWrite::new(actor.app.id), RecordWrite::remove);
        if !write.changes.is_empty() {
            self.store.write_records(write, self.clock.now()).await?;
        }
        Ok(())
    }

    /// The conversation that the actor names; none if there is none.
    pub(super) async fn conversation_of(
        &self,
        actor: &Actor,
        target: &Target,
    ) -> Reply<Option<ConversationId>> {
        Ok(self
            .store
            .conversation(actor.app.id, actor.name(), target)
            .await?)
    }
}

fn cursor_of(row: &lacuna_store::ConversationRow) -> ConversationCursor {
    ConversationCursor {
        pinned_at: row.pinned_at,
        last: row
            .last
            .as_ref()
            .map_or(lacuna_domain::Pos::ZERO, |last| last.pos),
        conversation: row.conversation,
    }
}
