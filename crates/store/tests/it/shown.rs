//! What everybody is shown.

use crate::acts::PEOPLE;
use crate::player::{Person, Player};
use lacuna_domain::{AccountId, Direction, Pos, Target, Version};
use lacuna_store::{ConversationQuery, ConversationRow, EventQuery, HistoryQuery, InboxQuery};
use std::fmt::Write;

impl Player<'_> {
    /// The history of every conversation an account might see: account, target and positions.
    pub(crate) async fn histories(&self) -> Vec<(AccountId, Target, Vec<Pos>)> {
        let mut all = Vec::new();
        for person in &self.people {
            for index in 0..=PEOPLE {
                let query = self.history_query(person, index, Direction::Newer, 1000);
                let page = self.store.history(query).await.unwrap();
                all.push((
                    person.id,
                    self.target(index),
                    page.entries.iter().map(|entry| entry.pos).collect(),
                ));
            }
        }
        all
    }

    fn history_query(
        &self,
        person: &Person,
        target: usize,
        direction: Direction,
        limit: usize,
    ) -> HistoryQuery {
        HistoryQuery::new(
            person.id,
            person.name.clone(),
            self.app,
            self.target(target),
            direction,
            limit,
        )
    }

    /// The messages due to each device from the beginning on, by account.
    pub(crate) async fn delivered(&self) -> Vec<(AccountId, Target, Vec<Pos>)> {
        let mut all = Vec::new();
        for person in &self.people {
            for row in self.list(person, 1000).await {
                for device in &person.devices {
                    let (conversation, after) = (row.conversation, Some(Pos::ZERO));
                    let query = InboxQuery {
                        account: person.id,
                        device: *device,
                        conversation,
                        after,
                        limit: 1000,
                        bytes_max: 1 << 20,
                    };
                    let page = self.store.inbox(query).await.unwrap();
                    let messages = page
                        .entries
                        .iter()
                        .filter(|entry| entry.seq.is_some())
                        .map(|entry| entry.pos)
                        .collect();
                    all.push((person.id, row.target.clone(), messages));
                }
            }
        }
        all
    }

    async fn list(&self, person: &Person, limit: usize) -> Vec<ConversationRow> {
        let query = ConversationQuery {
            account: person.id,
            pinned_only: false,
            with_empty: true,
            cursor: None,
            limit,
        };
        self.store.conversations(query).await.unwrap().rows
    }

    /// Everything that everybody is shown.
    pub(crate) async fn shown(&self) -> String {
        let mut shown = String::new();
        for person in &self.people {
            let list = self.list(person, 1000).await;
            writeln!(shown, "== {person:?}\nlist {list:?}").unwrap();
            let query = ConversationQuery {
                account: person.id,
                pinned_only: false,
                with_empty: false,
                cursor: None,
                limit: 2,
            };
            writeln!(shown, "page {:?}", self.store.conversations(query).await).unwrap();
            writeln!(shown, "groups {:?}", self.store.groups_of(person.id).await).unwrap();
            for index in 0..=PEOPLE {
                for (direction, limit) in [(Direction::Older, 3), (Direction::Newer, 1000)] {
                    let page = self
                        .store
                        .history(self.history_query(person, index, direction, limit))
                        .await;
                    writeln!(shown, "history {index} {page:?}").unwrap();
                }
            }
            for after in [0, 3] {
                for limit in [2, 1000] {
                    writeln!(
                        shown,
                        "facts {:?}",
                        self.store.facts(person.id, Version(after), limit).await
                    )
                    .unwrap();
                }
            }
            self.show_devices(person, &list, &mut shown).await;
        }
        shown
    }

    /// What is due to each device of somebody.
    async fn show_devices(&self, person: &Person, list: &[ConversationRow], shown: &mut String) {
        for device in &person.devices {
            writeln!(
                shown,
                "queues {device:?} {:?}",
                self.store.queues(person.id, *device).await
            )
            .unwrap();
            for after in [None, Some(Version(0))] {
                let query = EventQuery {
                    account: person.id,
                    device: *device,
                    after,
                    limit: 1000,
                };
                writeln!(
                    shown,
                    "events {device:?} {:?}",
                    self.store.events(query).await
                )
                .unwrap();
            }
            for row in list {
                let (conversation, after) = (row.conversation, None);
                let query = InboxQuery {
                    account: person.id,
                    device: *device,
                    conversation,
                    after,
                    limit: 1000,
                    bytes_max: 1 << 20,
                };
                writeln!(
                    shown,
                    "inbox {device:?} {:?}",
                    self.store.inbox(query).await
                )
                .unwrap();
            }
        }
    }
}
