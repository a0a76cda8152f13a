//! Plays acts on a store.

use crate::acts::{Act, NAMES, Verb};
use bytes::Bytes;
use lacuna_domain::{
    AccountId, AppId, Audience, ConversationId, DeviceId, GroupId, MessageKind, Millis, Name, Pos,
    Seq, Target, Version,
};
use lacuna_store::{
    Append, Cursor, CursorSave, DeviceLogin, EntryKind, GroupAct, GroupChange, GroupSettings,
    GroupSignal, Hide, NewAccount, NewApp, NewEvent, NewGroup, RecordWrite, Rename, Scope, Sender,
    SignalAudience, Store, ViewAct, ViewChange,
};

/// Somebody, as registered now.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: AccountId,
    pub(crate) name: Name,
    pub(crate) devices: Vec<DeviceId>,
}

/// Plays acts on one store.
pub(crate) struct Player<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) app: AppId,
    pub(crate) people: Vec<Person>,
    group: GroupId,
    now: Millis,
    /// Every message and signal, in order.
    pub(crate) sent: Vec<Pos>,
}

impl<'a> Player<'a> {
    pub(crate) async fn new(store: &'a dyn Store) -> Self {
        let app = NewApp {
            org: "org".to_owned(),
            name: "app".to_owned(),
            client_id: "client".to_owned(),
            client_secret_sha256: [0; 32],
            open_registration: true,
            roaming_delete: true,
            retention_days: 0,
        };
        let app = store.create_app(app).await.unwrap().id;
        let (people, now) = (Vec::new(), Millis(1_800_000_000_000));
        let mut player = Self {
            store,
            app,
            people,
            group: GroupId::new(""),
            now,
            sent: Vec::new(),
        };
        for text in NAMES {
            let person = player.register(text).await;
            player.people.push(person);
        }
        let settings = GroupSettings {
            members_max: 9,
            ..GroupSettings::default()
        };
        let group = NewGroup {
            app,
            owner: player.people[0].name.clone(),
            settings,
        };
        player.group = store.create_group(group, now).await.unwrap().id;
        player
    }

    async fn register(&mut self, text: &str) -> Person {
        let account = NewAccount {
            name: Name::new(text).unwrap(),
            display: text.to_owned(),
            uuid: text.to_owned(),
            nickname: String::new(),
            password_hash: String::new(),
        };
        let account = self
            .store
            .create_accounts(self.app, vec![account], self.now)
            .await
            .unwrap()
            .remove(0);
        let mut person = Person {
            id: account.id,
            name: account.profile.name,
            devices: vec![DeviceId::NONE],
        };
        for resource in ["phone", "pad"] {
            let (resource, name, uuid) = (resource.to_owned(), String::new(), String::new());
            let login = DeviceLogin {
                account: person.id,
                resource,
                name,
                uuid,
            };
            person
                .devices
                .push(self.store.login_device(login, self.now).await.unwrap().id);
        }
        person
    }

    pub(crate) fn target(&self, index: usize) -> Target {
        self.people.get(index).map_or_else(
            || Target::Group(self.group.clone()),
            |person| Target::Peer(person.name.clone()),
        )
    }

    fn pick(&self, pick: usize) -> Pos {
        // Recent ones more often; now and then one that does not exist.
        self.sent
            .iter()
            .rev()
            .nth(pick / 2)
            .copied()
            .unwrap_or(Pos(77))
    }

    /// Does an act; gives what it answered.
    pub(crate) async fn play(&mut self, act: &Act) -> String {
        self.now = self.now.plus(500);
        let target = self.target(act.target);
        let person = self.people[act.who].clone();
        match &act.verb {
            Verb::Send { repeat } => {
                let client_id = repeat.then_some((7, [7; 32]));
                let kind = EntryKind::Message(MessageKind::Text);
                self.send(Append {
                    client_id,
                    kind,
                    ..self.append(act)
                })
                .await
            }
            Verb::Signal { about } => {
                let kind = EntryKind::Signal {
                    ref_seq: about.map(Seq),
                };
                self.send(Append {
                    kind,
                    ..self.append(act)
                })
                .await
            }
            Verb::HideIds { picks, notice } => {
                let ids = picks.iter().map(|pick| self.pick(*pick)).collect();
                self.hide(act, Scope::Ids(target, ids), *notice).await
            }
            Verb::HideThrough { pick: 0, notice } => {
                let future = self.now.plus(99_999);
                self.hide(act, Scope::Through(target, future), *notice)
                    .await
            }
            Verb::HideThrough { pick, notice } => {
                let time = self.pick(*pick).time();
                self.hide(act, Scope::Through(target, time), *notice).await
            }
            Verb::HideConversation { notice } => {
                self.hide(act, Scope::Conversation(target), *notice).await
            }
            Verb::HideAll => self.hide(act, Scope::All, true).await,
            Verb::Change { act: change, told } => self.change_view(act, *change, *told).await,
            Verb::Join => self.change_group(GroupAct::Join(vec![person.name])).await,
            Verb::Leave => self.change_group(GroupAct::Leave(vec![person.name])).await,
            Verb::Event => self.add_event(act).await,
            Verb::SaveCursor { pick } => {
                let conversation = ConversationId(i64::try_from(act.target).unwrap() + 1);
                let cursor = cursor(conversation, self.pick(*pick));
                self.save(act, cursor).await
            }
            Verb::SaveEventCursor { version } => {
                self.save(act, Cursor::Events(Version(*version))).await
            }
            Verb::RegisterAgain => self.register_again(act).await,
            Verb::Purge => self.jobs().await,
            Verb::Wait { ms } => {
                self.now = self.now.plus(*ms);
                String::new()
            }
        }
    }

    fn append(&self, act: &Act) -> Append {
        let person = &self.people[act.who];
        let device = person.devices[act.device];
        Append {
            app: self.app,
            sender: Sender {
                name: person.name.clone(),
                account: Some(person.id),
                device,
            },
            target: self.target(act.target),
            kind: EntryKind::Message(MessageKind::Text),
            audience: Audience::All,
            directed: Vec::new(),
            body: Bytes::from(format!("body {}", self.now)),
            files: Vec::new(),
            hook: None,
            client_id: None,
            room: false,
            check_member: true,
            check_allowed: true,
            friends_only: false,
            changes: None,
            write: None,
            now: self.now,
        }
    }

    async fn send(&mut self, append: Append) -> String {
        let done = self.store.append(append).await;
        self.sent
            .extend(done.iter().filter(|done| !done.repeat).map(|done| done.pos));
        format!("{done:?}")
    }

    async fn hide(&self, act: &Act, scope: Scope, notice: bool) -> String {
        let person = &self.people[act.who];
        let (name, device) = (person.name.clone(), person.devices[act.device]);
        let hide = Hide {
            account: person.id,
            app: self.app,
            name,
            scope,
            device,
            notice,
        };
        format!("{:?}", self.store.hide(hide, self.now).await)
    }

    async fn change_view(&self, act: &Act, change: ViewAct, told: bool) -> String {
        let (person, target) = (&self.people[act.who], self.target(act.target));
        let (account, name, device) = (person.id, person.name.clone(), person.devices[act.device]);
        let event = told.then(|| NewEvent {
            device,
            body: Bytes::from_static(b"view"),
        });
        let change = ViewChange {
            account,
            app: self.app,
            name,
            target,
            act: change,
            event,
        };
        format!("{:?}", self.store.change_view(change, self.now).await)
    }

    async fn add_event(&self, act: &Act) -> String {
        let person = &self.people[act.who];
        let event = NewEvent {
            device: person.devices[act.device],
            body: Bytes::from_static(b"event"),
        };
        format!(
            "{:?}",
            self.store
                .add_event(self.app, &person.name, event, self.now)
                .await
        )
    }

    async fn save(&self, act: &Act, cursor: Cursor) -> String {
        let device = self.people[act.who].devices[act.device];
        format!(
            "{:?}",
            self.store
                .save_cursors(vec![CursorSave { device, cursor }])
                .await
        )
    }

    /// The account goes, under another name, and somebody else gets the one that it had.
    async fn register_again(&mut self, act: &Act) -> String {
        let person = self.people[act.who].clone();
        let alias = Name::new(&format!("gone-{}", person.id.0)).unwrap();
        let gone = self
            .store
            .delete_account(self.app, &person.name, Some(alias), self.now)
            .await;
        self.people[act.who] = self.register(person.name.as_str()).await;
        format!("{gone:?} {:?}", self.people[act.who])
    }

    async fn jobs(&self) -> String {
        let renamed = self.rename().await;
        format!("renamed {renamed}, purged {}", self.purge().await)
    }

    async fn rename(&self) -> usize {
        let step = Rename {
            now: self.now,
            limit: 3,
            body: |body, _, alias| Some([body, alias.as_str().as_bytes()].concat().into()),
            value: |_, _, _, _| None,
        };
        let mut renamed = 0;
        loop {
            let done = self.store.rename_step(step).await.unwrap();
            renamed += done.renamed;
            if !done.more {
                return renamed;
            }
        }
    }

    async fn purge(&self) -> usize {
        let mut purged = 0;
        loop {
            let step = self.store.purge_step(50).await.unwrap();
            purged += step.purged;
            if !step.more {
                return purged;
            }
        }
    }

    async fn change_group(&self, act: GroupAct) -> String {
        let by = Sender {
            name: Name::admin(),
            account: None,
            device: DeviceId::NONE,
        };
        let signals = vec![GroupSignal {
            audience: SignalAudience::All,
            body: Bytes::from_static(b"signal"),
        }];
        let change = GroupChange {
            app: self.app,
            group: self.group.clone(),
            by,
            act,
            signals,
            write: RecordWrite::new(self.app),
        };
        format!("{:?}", self.store.change_group(change, self.now).await)
    }
}

fn cursor(conversation: ConversationId, pos: Pos) -> Cursor {
    Cursor::Conversation {
        conversation,
        pos,
        acked: pos,
    }
}
